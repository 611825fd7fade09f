// Prints how many bytes a full cache of IDs takes in the program whose main.js is named, inside the heap and outside.
import { createHash } from 'node:crypto';

const SIZE = 200_000;
const { Deduplicator } = await import(process.argv[2].replace(/main\.js$/, 'pipeline/deduplicator.js'));
const time = { now: () => 0, latest: () => 0 };
const held = () => {
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
const before = held();
const deduplicator = new Deduplicator({ table: {}, clock: {}, time, ttl: 604_800_000, cacheSize: SIZE });
for (let n = 0; n < SIZE; n++) deduplicator.markKnown(createHash('sha256').update(`${n}`).digest('hex'));
const after = held();
if (!deduplicator.isCached(createHash('sha256').update('0').digest('hex'))) throw new Error('it is not full');
process.stdout.write(`${after - before}`);
