import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { LRUCache } from 'lru-cache';
import { IdCache } from '../../src/pipeline/id-cache.ts';

const hashed = (text: string) => createHash('sha256').update(text).digest('hex');

test('an ID is kept with its expiry, and another one is not known', (t) => {
  const cache = new IdCache(10);
  cache.set(hashed('a'), 1_764_000_000);
  t.is(cache.get(hashed('a')), 1_764_000_000);
  t.is(cache.get(hashed('b')), undefined);
});

test('an expiry replaces the one before, and an infinite expiry is valid', (t) => {
  const cache = new IdCache(10);
  cache.set(hashed('a'), 1_764_000_000);
  cache.set(hashed('a'), Number.POSITIVE_INFINITY);
  t.is(cache.get(hashed('a')), Number.POSITIVE_INFINITY);
});

test('what was used longest ago makes way', (t) => {
  const cache = new IdCache(2);
  cache.set('a', 1);
  cache.set('b', 2);
  cache.get('a');
  cache.set('c', 3);
  t.deepEqual(
    ['a', 'b', 'c'].map((id) => cache.get(id)),
    [1, undefined, 3],
  );
});

test('a cache of size one works', (t) => {
  const cache = new IdCache(1);
  cache.set('a', 1);
  cache.set('b', 2);
  t.deepEqual([cache.get('a'), cache.get('b')], [undefined, 2]);
});

test('IDs that differ in the last letter, or are no hash, are not mistaken for each other', (t) => {
  const ids = [`${'0'.repeat(63)}1`, `${'0'.repeat(63)}2`, `${'0'.repeat(62)}zz`, '0'.repeat(62), '', 'é', 'e'];
  const cache = new IdCache(ids.length);
  for (const [n, id] of ids.entries()) cache.set(id, n);
  t.deepEqual(
    ids.map((id) => cache.get(id)),
    ids.map((_, n) => n),
  );
});

test('it keeps what a well-known cache of the same size keeps, whatever is asked in whatever order', (t) => {
  // Words that begin alike belong to the same place, so that entries stand in each other’s way.
  const id = fc
    .integer({ min: 0, max: 40 })
    .map((n) => (n % 4).toString(16).padStart(8, '0') + hashed(`${n}`).slice(8));
  const step = fc.record({ id, expiresAt: fc.option(fc.nat(), { nil: undefined }) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(step, { maxLength: 300 }), (max, steps) => {
      const cache = new IdCache(max);
      const known = new LRUCache<string, number>({ max });
      for (const { id, expiresAt } of steps) {
        if (expiresAt === undefined) {
          if (cache.get(id) !== known.get(id)) return false;
        } else {
          cache.set(id, expiresAt);
          known.set(id, expiresAt);
        }
      }
      return [...known.keys()].every((id) => cache.get(id) === known.get(id));
    }),
    { numRuns: 500 },
  );
  t.pass();
});
