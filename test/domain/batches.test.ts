import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { type BatchLimits, fillBatches } from '../../src/domain/batches.ts';
import { Census, holds } from './support/property.ts';

interface Entry {
  readonly name: string;
  readonly bytes: number;
}

function entries(...sizes: number[]): Entry[] {
  return sizes.map((bytes, index) => ({ name: `e${index}`, bytes }));
}

function sizes(batches: readonly (readonly Entry[])[]): number[][] {
  return batches.map((batch) => batch.map((entry) => entry.bytes));
}

const bytesOf = ({ bytes }: { readonly bytes: number }) => bytes;
const TEN: BatchLimits = { entries: 10, bytes: 262_144 };

test('eleven small events make one full request of ten and leave one', (t) => {
  const { full, rest, tooLarge } = fillBatches(entries(...Array<number>(11).fill(800)), TEN, bytesOf);
  t.deepEqual(sizes(full), [Array<number>(10).fill(800)]);
  t.deepEqual(sizes([rest]), [[800]]);
  t.deepEqual(tooLarge, []);
});

test('ten events are a full request: nothing could be added to it', (t) => {
  const { full, rest } = fillBatches(entries(...Array<number>(10).fill(800)), TEN, bytesOf);
  t.is(full.length, 1);
  t.deepEqual(rest, []);
});

test('a request may be filled to the very last byte', (t) => {
  const { full, rest } = fillBatches(entries(200_000, 62_144), TEN, bytesOf);
  t.deepEqual(sizes([...full, rest].filter((batch) => batch.length > 0)), [[200_000, 62_144]]);
});

test('one byte more begins a new request', (t) => {
  const { full, rest } = fillBatches(entries(200_000, 62_145), TEN, bytesOf);
  t.deepEqual(sizes(full), [[200_000]]);
  t.deepEqual(sizes([rest]), [[62_145]]);
});

test('an event of the whole size goes alone, one of a byte more cannot go at all and holds no other up', (t) => {
  const { full, rest, tooLarge } = fillBatches(entries(10, 262_144, 262_145, 20), TEN, bytesOf);
  t.deepEqual(sizes(full), [[10], [262_144]]);
  t.deepEqual(sizes([rest]), [[20]]);
  t.deepEqual(sizes([tooLarge]), [[262_145]]);
});

test('an event that is too large does not part its neighbours', (t) => {
  const { full, rest } = fillBatches(entries(10, 262_145, 20), TEN, bytesOf);
  t.deepEqual(full, []);
  t.deepEqual(sizes([rest]), [[10, 20]]);
});

test('no events make no requests', (t) => {
  t.deepEqual(fillBatches([], TEN, bytesOf), { full: [], rest: [], tooLarge: [] });
});

test('the input is left as it was', (t) => {
  const input = Object.freeze(entries(1, 2, 3));
  t.notThrows(() => fillBatches(input, TEN, bytesOf));
  t.deepEqual(sizes([input]), [[1, 2, 3]]);
});

test('whatever the sizes: order kept, nothing lost, limits kept, as few requests as possible', (t) => {
  const census = new Census();
  const limitsOf = fc.record({ entries: fc.integer({ min: 1, max: 10 }), bytes: fc.integer({ min: 1, max: 100 }) });
  const sizesOf = fc.array(fc.integer({ min: 1, max: 110 }), { maxLength: 60, size: 'max' });
  const property = fc.property(limitsOf, sizesOf, fc.integer({ min: 1, max: 110 }), (limits, sizes, scale) => {
    const input = entries(...sizes.map((size) => Math.max(1, Math.floor((size * scale) / 110))));
    const { full, rest, tooLarge } = fillBatches(input, limits, bytesOf);
    const fitting = input.filter((entry) => entry.bytes <= limits.bytes);
    const requests = [...full, rest].filter((batch) => batch.length > 0);

    assert.deepEqual(requests.flat(), fitting, 'order kept, nothing lost, nothing twice');
    assert.deepEqual(
      tooLarge,
      input.filter((entry) => entry.bytes > limits.bytes),
    );
    for (const request of requests) {
      assert.ok(request.length <= limits.entries);
      assert.ok(total(request) <= limits.bytes);
    }
    assert.ok(full.every((request) => request.length > 0));
    assert.ok(rest.length < limits.entries, 'the rest is not full');
    assert.equal(requests.length, fewest(fitting, limits));

    census.saw('too large', tooLarge.length > 0);
    census.saw(
      'cut by count',
      full.some((request) => request.length === limits.entries),
    );
    census.saw(
      'cut by bytes',
      full.some((request) => request.length < limits.entries),
    );
    census.saw('a rest', rest.length > 0);
  });
  holds(t, property);
  census.atLeast(t, { 'too large': 20, 'cut by count': 50, 'cut by bytes': 50, 'a rest': 50 });
});

function total(request: readonly Entry[]): number {
  return request.reduce((sum, entry) => sum + entry.bytes, 0);
}

/** The smallest number of requests that keep the order, found by trying every last request. */
function fewest(list: readonly Entry[], limits: BatchLimits): number {
  const best = [0];
  for (let end = 1; end <= list.length; end++) {
    let least = Number.POSITIVE_INFINITY;
    for (let start = end - 1; start >= 0; start--) {
      const request = list.slice(start, end);
      if (request.length > limits.entries || total(request) > limits.bytes) break;
      least = Math.min(least, (best[start] ?? 0) + 1);
    }
    best.push(least);
  }
  return best[list.length] ?? 0;
}
