import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import {
  advanced,
  halve,
  isSameWindow,
  type Position,
  planWindow,
  type Window,
  type WindowRules,
} from '../../src/domain/window.ts';
import { Census, holds } from './support/property.ts';

const RULES: WindowRules = { settle: 60_000, overlap: 300_000, maxWindow: 3_600_000 };
const LONG_AGO = Date.parse('2026-01-01T00:00:00Z');

function plan(watermark: string, now: string, origin = LONG_AGO) {
  const answer = planWindow({ watermark: Date.parse(watermark), origin }, Date.parse(now), RULES);
  return answer && { ...written(answer.window), caughtUp: answer.caughtUp };
}

function written({ start, end }: Window) {
  return { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
}

test('without a full window before it, a window reaches from the overlap before the checkpoint to the settling time before now', (t) => {
  t.deepEqual(plan('2026-11-20T10:00:00Z', '2026-11-20T10:01:30Z'), {
    start: '2026-11-20T09:55:00.000Z',
    end: '2026-11-20T10:00:30.000Z',
    caughtUp: true,
  });
});

test('one window in every overlap begins an overlap before the end of the last such window', (t) => {
  let position: Position = { watermark: Date.parse('2026-11-20T10:00:00Z'), origin: LONG_AGO };
  const windows: string[] = [];
  for (let poll = 1; poll <= 5; poll++) {
    const next = planWindow(position, Date.parse('2026-11-20T10:01:00Z') + poll * 120_000, RULES);
    if (!next) continue;
    const { start, end } = written(next.window);
    windows.push(`${start.slice(14, 19)}–${end.slice(14, 19)}`);
    position = advanced(position, next);
  }
  t.deepEqual(windows, ['55:00–02:00', '01:00–04:00', '03:00–06:00', '57:00–08:00', '07:00–10:00']);
});

test('on the defaults a time is read at most five times', (t) => {
  let position: Position = { watermark: Date.parse('2026-11-20T10:00:00Z'), origin: LONG_AGO };
  let read = 0;
  const hour = 3_600_000;
  for (let now = position.watermark + 90_000; now <= Date.parse('2026-11-20T11:01:00Z'); now += 30_000) {
    const next = planWindow(position, now, RULES);
    if (!next) continue;
    read += next.window.end - next.window.start;
    position = advanced(position, next);
  }
  t.true(read <= 5 * hour, `${read / hour} times`);
});

test('where the longest window leaves little beside the overlap, full windows come as often as they advance', (t) => {
  const MINUTE = 60_000;
  const rules: WindowRules = { settle: 0, overlap: 10 * MINUTE, maxWindow: 14 * MINUTE };
  const watermark = Date.parse('2026-11-20T10:00:00Z');
  const position: Position = { watermark, origin: LONG_AGO, rereadTo: watermark - 3 * MINUTE };
  const next = planWindow(position, watermark + MINUTE / 2, rules);
  t.deepEqual(next, {
    window: { start: watermark - 12 * MINUTE, end: watermark + MINUTE / 2 },
    caughtUp: true,
    rereadTo: watermark + MINUTE / 2,
  });
});

test('a window after which reading again comes no further leaves the place of that as it is', (t) => {
  const window = { start: 10, end: 20 };
  const position = { watermark: 15, origin: 0, rereadTo: 7 };
  t.deepEqual(advanced(position, { window, caughtUp: true }), { watermark: 20, origin: 0, rereadTo: 7 });
  t.deepEqual(advanced({ watermark: 15, origin: 0 }, { window, caughtUp: true }), { watermark: 20, origin: 0 });
});

test('a window that failed was not read: the next one is a full one too', (t) => {
  const position = { watermark: Date.parse('2026-11-20T10:04:00Z'), origin: LONG_AGO };
  const rereadTo = Date.parse('2026-11-20T10:00:00Z');
  const starts = ['2026-11-20T10:06:00Z', '2026-11-20T10:06:30Z'].map(
    (now) => planWindow({ ...position, rereadTo }, Date.parse(now), RULES)?.window.start,
  );
  t.deepEqual(starts, [Date.parse('2026-11-20T09:55:00Z'), Date.parse('2026-11-20T09:55:00Z')]);
});

test('a checkpoint that an operator has set is read from its own overlap on, whatever was read again before', (t) => {
  const position = { watermark: Date.parse('2026-11-20T10:00:00Z'), origin: LONG_AGO };
  const startAfter = (rereadTo: string) =>
    planWindow({ ...position, rereadTo: Date.parse(rereadTo) }, Date.parse('2026-11-20T10:20:00Z'), RULES)?.window
      .start;
  t.is(startAfter('2026-11-20T12:00:00Z'), Date.parse('2026-11-20T09:55:00Z'));
  t.is(startAfter('2026-11-19T12:00:00Z'), Date.parse('2026-11-20T09:50:00Z'));
});

test('a window crosses midnight like any other time', (t) => {
  t.deepEqual(plan('2026-11-20T23:59:30Z', '2026-11-21T00:01:00Z'), {
    start: '2026-11-20T23:54:30.000Z',
    end: '2026-11-21T00:00:00.000Z',
    caughtUp: true,
  });
});

test('nothing is read before the origin, for nothing from then may be published', (t) => {
  const origin = Date.parse('2026-11-20T09:58:00Z');
  t.is(plan('2026-11-20T10:00:00Z', '2026-11-20T10:10:00Z', origin)?.start, '2026-11-20T09:58:00.000Z');
});

test('the first window of a stream begins at its origin, which is its checkpoint', (t) => {
  const origin = Date.parse('2026-11-20T10:00:00Z');
  t.deepEqual(plan('2026-11-20T10:00:00Z', '2026-11-20T10:02:00Z', origin), {
    start: '2026-11-20T10:00:00.000Z',
    end: '2026-11-20T10:01:00.000Z',
    caughtUp: true,
  });
});

test('a checkpoint set back to before the origin leaves no hole between the two', (t) => {
  const origin = Date.parse('2026-11-20T12:00:00Z');
  t.is(plan('2026-11-20T10:00:00Z', '2026-11-20T10:02:00Z', origin)?.start, '2026-11-20T10:00:00.000Z');
});

test('nothing is read while everything up to the settling time has been read', (t) => {
  t.is(plan('2026-11-20T10:00:00Z', '2026-11-20T10:01:00Z'), undefined);
});

test('a window begins as soon as the target is one millisecond past the watermark', (t) => {
  t.is(plan('2026-11-20T10:00:00Z', '2026-11-20T10:01:00.001Z')?.end, '2026-11-20T10:00:00.001Z');
});

test('a clock that was set back an hour stops reading rather than moving the checkpoint back', (t) => {
  t.is(plan('2026-11-20T10:00:00Z', '2026-11-20T09:01:30Z'), undefined);
});

test('a gap of exactly one slice is read at once', (t) => {
  t.deepEqual(plan('2026-11-20T10:00:00Z', '2026-11-20T10:56:00Z'), {
    start: '2026-11-20T09:55:00.000Z',
    end: '2026-11-20T10:55:00.000Z',
    caughtUp: true,
  });
});

test('of a longer gap only the oldest slice is read, and the stream is not caught up', (t) => {
  t.deepEqual(plan('2026-11-20T10:00:00Z', '2026-11-20T10:56:00.001Z'), {
    start: '2026-11-20T09:55:00.000Z',
    end: '2026-11-20T10:55:00.000Z',
    caughtUp: false,
  });
});

test('a night off is made up for in slices, oldest first, each beginning within the one before', (t) => {
  const now = Date.parse('2026-11-20T10:01:00Z');
  const windows = catchUp(Date.parse('2026-11-20T07:00:00Z'), now, RULES);
  t.deepEqual(windows.map(written), [
    { start: '2026-11-20T06:55:00.000Z', end: '2026-11-20T07:55:00.000Z' },
    { start: '2026-11-20T07:50:00.000Z', end: '2026-11-20T08:50:00.000Z' },
    { start: '2026-11-20T08:45:00.000Z', end: '2026-11-20T09:45:00.000Z' },
    { start: '2026-11-20T09:40:00.000Z', end: '2026-11-20T10:00:00.000Z' },
  ]);
});

/** Every window from this checkpoint until the stream is caught up, at a clock that stands still. */
function catchUp(watermark: number, now: number, rules: WindowRules): Window[] {
  const windows: Window[] = [];
  for (let reached = watermark; windows.length < 100_000; ) {
    const next = planWindow({ watermark: reached, origin: LONG_AGO }, now, rules);
    if (!next) break;
    windows.push(next.window);
    reached = next.window.end;
    if (next.caughtUp) break;
  }
  return windows;
}

const rulesOf = fc
  .tuple(
    fc.integer({ min: 0, max: 600_000 }),
    fc.integer({ min: 0, max: 600_000 }),
    fc.integer({ min: 1, max: 7_200_000 }),
  )
  .map(([settle, overlap, beyond]): WindowRules => ({ settle, overlap, maxWindow: overlap + beyond }));
/** How far the clock moves between two looks at it: mostly a little, sometimes far, sometimes back. */
const stepOf = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 60_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 100_000_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: -10_000_000, max: 0 }) },
);

test('whatever the clock does, windows tile time without a hole and the watermark never moves back', (t) => {
  const census = new Census();
  const begin = Date.parse('2026-11-20T10:00:00Z');
  const originOf = fc.integer({ min: begin - 1_000_000, max: begin + 1_000_000 });
  const property = fc.property(
    rulesOf,
    originOf,
    fc.array(stepOf, { maxLength: 60, size: 'max' }),
    (rules, origin, steps) => {
      let position: Position = { watermark: begin, origin };
      let now = begin;
      for (const step of steps) {
        now += step;
        census.saw('the clock steps back', step < 0);
        const target = now - rules.settle;
        const { watermark } = position;
        const next = planWindow(position, now, rules);
        assert.equal(next === undefined, target <= watermark, 'reads exactly when there is something to read');
        census.saw(next === undefined ? 'nothing to read' : next.caughtUp ? 'caught up' : 'a slice of a gap');
        if (!next) continue;
        const { start, end } = next.window;
        assert.ok(start <= watermark, 'no hole behind the watermark');
        assert.ok(end > watermark, 'progress');
        assert.ok(end <= target, 'never reads what may still be written');
        assert.ok(end - start <= rules.maxWindow, 'never longer than allowed');
        const short = Math.min(rules.settle, rules.overlap);
        assert.ok(start >= watermark - 2 * rules.overlap, 'never further back than two overlaps');
        assert.ok(start <= watermark - short || start === Math.min(origin, watermark), 'the short overlap at least');
        assert.equal(next.caughtUp, end === target);
        census.saw('the origin cuts the overlap', start > watermark - short);
        census.saw('a short window', start === watermark - short && short < rules.overlap);
        census.saw('further back than the overlap', start < watermark - rules.overlap);
        position = advanced(position, next);
      }
    },
  );
  holds(t, property);
  census.atLeast(t, {
    'the clock steps back': 100,
    'nothing to read': 100,
    'caught up': 100,
    'a slice of a gap': 100,
    'the origin cuts the overlap': 20,
    'a short window': 20,
    'further back than the overlap': 20,
  });
});

test('whenever polls come, what shows within settle and overlap is read again within one overlap more', (t) => {
  const census = new Census();
  const begin = Date.parse('2026-11-20T10:00:00Z');
  const waits = fc.array(fc.integer({ min: 1_000, max: 120_000 }), { minLength: 30, maxLength: 120, size: 'max' });
  const property = fc.property(rulesOf, waits, fc.integer({ min: 0, max: 600_000 }), (rules, waits, lateness) => {
    fc.pre(rules.maxWindow >= rules.overlap + 600_000 && lateness <= rules.settle + rules.overlap);
    const reads: { readonly at: number; readonly window: Window }[] = [];
    let position: Position = { watermark: begin - rules.settle, origin: LONG_AGO };
    let now = begin;
    for (const wait of waits) {
      now += wait;
      const next = planWindow(position, now, rules);
      if (!next) continue;
      reads.push({ at: now, window: next.window });
      position = advanced(position, next);
    }
    for (let time = begin; ; time += 7_001) {
      const shows = time + lateness;
      // One poll late at the most, where the windows do not fall on the very instant.
      const latest = Math.max(shows, time + rules.settle) + rules.overlap + 120_000;
      if (latest > now) break;
      const found = reads.find(({ at, window }) => at >= shows && window.start <= time && time < window.end);
      assert.ok(found && found.at <= latest, `what shows ${lateness} ms late`);
      census.saw('read again', lateness > 2 * rules.settle);
    }
  });
  holds(t, property);
  census.atLeast(t, { 'read again': 100 });
});

test('whatever the gap, it is read completely in the fewest slices that keep the overlap', (t) => {
  const census = new Census();
  const property = fc.property(rulesOf, fc.integer({ min: 1, max: 1_000_000_000 }), (rules, gap) => {
    const advance = rules.maxWindow - rules.overlap;
    fc.pre(gap / advance < 5_000);
    const watermark = Date.parse('2026-11-20T10:00:00Z');
    const windows = catchUp(watermark, watermark + gap + rules.settle, rules);
    assert.equal(windows.at(-1)?.end, watermark + gap);
    assert.equal(windows.length, Math.ceil(gap / advance));
    census.saw('several slices', windows.length > 3);
  });
  holds(t, property);
  census.atLeast(t, { 'several slices': 50 });
});

test('a window of an hour that holds too much is halved in the middle', (t) => {
  const hour = { start: Date.parse('2026-11-20T10:00:00Z'), end: Date.parse('2026-11-20T11:00:00Z') };
  t.deepEqual(halve(hour)?.map(written), [
    { start: '2026-11-20T10:00:00.000Z', end: '2026-11-20T10:30:00.000Z' },
    { start: '2026-11-20T10:30:00.000Z', end: '2026-11-20T11:00:00.000Z' },
  ]);
});

test('a window of two seconds is the shortest that is halved', (t) => {
  const start = Date.parse('2026-11-20T10:00:00Z');
  t.deepEqual(halve({ start, end: start + 2_000 }), [
    { start, end: start + 1_000 },
    { start: start + 1_000, end: start + 2_000 },
  ]);
  t.is(halve({ start, end: start + 1_999 }), undefined);
  t.is(halve({ start, end: start }), undefined);
});

test('halving again and again comes to an end, and its pieces cover the window without a hole', (t) => {
  const property = fc.property(
    fc.integer({ min: 0, max: 400_000 }),
    fc.integer({ min: 0, max: 1_000_000 }),
    (length, start) => {
      const pieces = smallest({ start, end: start + length });
      assert.equal(pieces[0]?.start, start);
      assert.equal(pieces.at(-1)?.end, start + length);
      for (const [index, piece] of pieces.entries()) {
        if (index > 0) assert.equal(piece.start, pieces[index - 1]?.end);
        assert.ok(pieces.length === 1 || piece.end > piece.start);
      }
    },
  );
  holds(t, property);
});

function smallest(window: Window): Window[] {
  const halves = halve(window);
  return halves ? halves.flatMap(smallest) : [window];
}

test('two windows are the same if they begin and end at the same time', (t) => {
  const window = { start: 1_000, end: 2_000 };
  t.true(isSameWindow(window, { start: 1_000, end: 2_000 }));
  t.false(isSameWindow(window, { start: 1_000, end: 2_001 }));
  t.false(isSameWindow(window, { start: 999, end: 2_000 }));
});
