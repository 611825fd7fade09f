import { createHash } from 'node:crypto';
import { type Program, type Sides, sidesOf } from '../program.ts';
import type { Row } from '../row.ts';
import { conversationsJson } from '../stubs/conversations.ts';

const RUNS = 7;
/** Conversations a run; as many before the first for the compiler. */
const CONVERSATIONS = 3_000;
const IDS = 30_000;
/** About what the ID of an event is made of. */
const ID_FIELDS = 'x'.repeat(120);

/**
 * The program's own work on an event, without any I/O: deriving, hashing and the envelope. CPU time, against
 * hashing the same number of IDs.
 */
export async function derive(sides: Sides): Promise<readonly Row[]> {
  const [ours, theirs] = await Promise.all(sidesOf(sides).map(runOf));
  if (!ours) return [];
  const [mine, others, hashing]: [number[], number[], number[]] = [[], [], []];
  for (let run = 0; run < RUNS; run++) {
    mine.push(ours());
    if (theirs) others.push(theirs());
    hashing.push(hashingOnly());
  }
  const row = { what: 'derive, hash and envelope per event, CPU', unit: 'µs', digits: 1, runs: mine };
  return [
    { ...row, against: { name: 'hashing an ID', runs: hashing } },
    ...(theirs ? [{ ...row, against: { name: 'other build', runs: others }, bound: { atMost: 1.1 } }] : []),
  ];
}

/** A run of this program: microseconds per event. */
async function runOf(program: Program): Promise<() => number> {
  const { deriveConversation } = await program.load<typeof import('../../src/domain/derive.ts')>('domain/derive.ts');
  const { toEntry } = await program.load<typeof import('../../src/domain/envelope.ts')>('domain/envelope.ts');
  const now = Date.parse('2026-11-23T10:00:00.000Z');
  const records: readonly unknown[] = JSON.parse(conversationsJson(now, 0, CONVERSATIONS));
  const context = {
    source: 'com.genesys.cloud.outbound',
    poller: 'default',
    stream: 'conversations',
    observedAt: now,
    publishedAt: now,
  } as const;
  const run = () =>
    cpuPer(() => {
      let events = 0;
      for (const record of records) {
        for (const event of deriveConversation(record, 'mask').events) {
          if (toEntry(event, context).detail.length > 0) events++;
        }
      }
      return events;
    });
  run();
  return run;
}

function hashingOnly(): number {
  return cpuPer(() => {
    for (let n = 0; n < IDS; n++) createHash('sha256').update(`${ID_FIELDS}${n}`).digest('hex');
    return IDS;
  });
}

/** Microseconds of CPU time for each of what the work counts. */
function cpuPer(work: () => number): number {
  const before = process.cpuUsage();
  const count = work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}
