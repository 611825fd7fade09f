import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import test from 'ava';
import fc from 'fast-check';
import { RequestBudget } from '../../src/genesys/budget.ts';
import { ManualClock } from '../support/manual-clock.ts';

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

/** A clock that stands still until it is turned. */
function stillClock(): ManualClock {
  return new ManualClock(0, { autoAdvance: false });
}

/** Takes for each name, and notes in `served` who was served when. */
function takers(budget: RequestBudget, clock: ManualClock, ...names: readonly string[]): string[] {
  const served: string[] = [];
  for (const name of names) void budget.take(neverAborted()).then(() => served.push(`${name}@${clock.monotonic()}`));
  return served;
}

test('who finds the budget spent waits until it is free again', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(2, clock);
  const served = takers(budget, clock, 'a', 'b', 'c', 'd', 'e');
  await clock.advance(59_999);
  t.deepEqual(served, ['a@0', 'b@0']);
  await clock.advance(60_001);
  t.deepEqual(served, ['a@0', 'b@0', 'c@60000', 'd@60000', 'e@120000']);
});

test('a pause holds everybody back, those who wait already too', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(1, clock);
  const served = takers(budget, clock, 'a', 'b');
  await clock.advance(30_000);
  t.true(budget.pauseUntil(95_000));
  await clock.advance(200_000);
  t.deepEqual(served, ['a@0', 'b@95000']);
});

test('a second pause within the first is not a new one, one after it is', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(1, clock);
  t.true(budget.pauseUntil(5_000));
  t.false(budget.pauseUntil(6_000));
  await clock.advance(6_000);
  t.true(budget.pauseUntil(9_000));
});

test('who gives up in the queue leaves at once, and keeps nobody waiting', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(1, clock);
  const quitter = new AbortController();
  const first = takers(budget, clock, 'a', 'b');
  const given = budget.take(quitter.signal);
  const last = takers(budget, clock, 'd');
  await clock.advance(10_000);
  quitter.abort('enough');
  t.is(await given.catch((reason: unknown) => reason), 'enough');
  t.is(clock.monotonic(), 10_000);
  await clock.advance(110_000);
  t.deepEqual([first, last], [['a@0', 'b@60000'], ['d@120000']]);
});

test('who gives up at the head of the queue leaves at once, and spends nothing', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(1, clock);
  const quitter = new AbortController();
  const first = takers(budget, clock, 'a');
  const given = budget.take(quitter.signal);
  const last = takers(budget, clock, 'c');
  await clock.advance(10_000);
  quitter.abort('enough');
  t.is(await given.catch((reason: unknown) => reason), 'enough');
  await clock.advance(50_000);
  t.deepEqual([first, last], [['a@0'], ['c@60000']]);
});

test('whose signal has aborted before gets nothing and spends nothing', async (t) => {
  const budget = new RequestBudget(1, new ManualClock());
  await t.throwsAsync(budget.take(AbortSignal.abort(new Error('too late'))), { message: 'too late' });
  await t.notThrowsAsync(budget.take(neverAborted()));
});

test('a signal that lives for ever collects no listeners', async (t) => {
  const clock = new ManualClock();
  const budget = new RequestBudget(1, clock);
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 9 }, () => budget.take(signal)));
  t.is(getEventListeners(signal, 'abort').length, 0);
  t.is(clock.monotonic(), 8 * 60_000);
});

test('whatever the arrivals, departures and pauses: first come, first served, never more than the limit in sixty seconds', async (t) => {
  const step = fc.record({
    gap: fc.integer({ min: 0, max: 20_000 }),
    comers: fc.integer({ min: 0, max: 4 }),
    quits: fc.boolean(),
    pause: fc.option(fc.integer({ min: 1, max: 70_000 }), { freq: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(step, { maxLength: 25, size: 'max' }),
      async (limit, steps) => {
        const clock = stillClock();
        const budget = new RequestBudget(limit, clock);
        const granted: number[] = [];
        const order: number[] = [];
        const pauses: { from: number; until: number }[] = [];
        const quitters: AbortController[] = [];
        let comers = 0;
        let quits = 0;
        for (const { gap, comers: number, quits: quitting, pause } of steps) {
          if (pause !== null) {
            pauses.push({ from: clock.monotonic(), until: clock.monotonic() + pause });
            budget.pauseUntil(clock.monotonic() + pause);
          }
          for (let index = 0; index < number; index++) {
            const ticket = comers++;
            const quitter = new AbortController();
            quitters.push(quitter);
            budget.take(quitter.signal).then(
              () => {
                granted.push(clock.monotonic());
                order.push(ticket);
              },
              () => quits++,
            );
          }
          if (quitting) quitters.pop()?.abort(new Error('given up'));
          await clock.advance(gap);
        }
        await clock.advance(60_000 * (comers + 1) + 70_000 * steps.length);

        t.is(order.length + quits, comers, 'somebody starved');
        t.deepEqual(
          order,
          order.toSorted((a, b) => a - b),
        );
        for (const [index, time] of granted.entries()) {
          const next = granted[index + limit];
          assert(next === undefined || next - time >= 60_000, `${limit + 1} requests from ${time} to ${next}`);
          t.false(
            pauses.some(({ from, until }) => from < time && time < until),
            `a request at ${time}, in a pause`,
          );
        }
      },
    ),
    { numRuns: 60 },
  );
  t.pass();
});

test('another limit holds for those who wait already, and forgets nothing that was spent', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(1, clock);
  const served = takers(budget, clock, 'a', 'b', 'c', 'd');
  await clock.advance(30_000);
  budget.limitTo(3);
  await clock.advance(90_001);
  t.deepEqual(served, ['a@0', 'b@60000', 'c@60000', 'd@60000']);
});
