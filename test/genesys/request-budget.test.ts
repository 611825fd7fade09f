import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import test from 'ava';
import fc from 'fast-check';
import { RequestBudget } from '../../src/genesys/request-budget.ts';
import { ManualClock } from '../support/manual-clock.ts';

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

/** A clock that stands still until it is turned. */
function stillClock(): ManualClock {
  return new ManualClock(0, { autoAdvance: false });
}

/** Takes for each name, notes in `served` who was served when, and is answered at once. */
function takers(budget: RequestBudget, clock: ManualClock, ...names: readonly string[]): string[] {
  const served: string[] = [];
  for (const name of names) void take(name);
  async function take(name: string): Promise<void> {
    const permit = await budget.acquire(neverAborted());
    served.push(`${name}@${clock.monotonic()}`);
    permit.answered();
  }
  return served;
}

test('a request that finds the budget spent waits until it is free again', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(2, clock);
  const served = takers(budget, clock, 'a', 'b', 'c', 'd', 'e');
  await clock.advance(59_999);
  t.deepEqual(served, ['a@0', 'b@0']);
  await clock.advance(60_001);
  t.deepEqual(served, ['a@0', 'b@0', 'c@60000', 'd@60000', 'e@120000']);
});

test('a pause holds all requests back, those that wait already too', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(1, clock);
  const served = takers(budget, clock, 'a', 'b');
  await clock.advance(30_000);
  t.is(budget.pause(65_000), 0);
  await clock.advance(200_000);
  t.deepEqual(served, ['a@0', 'b@95000']);
});

test('a pause says how long the one before would have lasted, and never ends earlier', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(1, clock);
  t.is(budget.pause(5_000), 0);
  await clock.advance(1_000);
  t.is(budget.pause(6_000), 4_000);
  t.is(budget.pause(2_000), 6_000);
  await clock.advance(6_000);
  t.is(budget.pause(3_000), 0);
});

test('it says which share of the budget is taken, and how long pauses have held events back', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(20, clock);
  takers(budget, clock, 'a', 'b', 'c');
  await clock.advance(0);
  t.is(budget.share(), 0.15);
  budget.pause(10_000);
  budget.pause(30_000, 'names');
  await clock.advance(4_000);
  t.is(budget.throttledMs(), 4_000);
  await clock.advance(56_000);
  t.is(budget.throttledMs(), 10_000);
  t.is(budget.share(), 0);
});

test('a request in flight holds its permit until 60 seconds after its answer began', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(1, clock);
  const permit = await budget.acquire(neverAborted());
  const served = takers(budget, clock, 'next');
  await clock.advance(500_000);
  t.deepEqual(served, []);
  permit.answered();
  await clock.advance(30_000);
  // The end of the answer, and whatever comes after it, is not a second answer.
  permit.answered();
  permit.refund();
  await clock.advance(29_999);
  t.deepEqual(served, []);
  await clock.advance(1);
  t.deepEqual(served, ['next@560000']);
});

test('a request that is not sent releases its permit for the next', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(1, clock);
  const permit = await budget.acquire(neverAborted());
  const served = takers(budget, clock, 'next');
  await clock.advance(1_000);
  permit.refund();
  await clock.advance(0);
  t.deepEqual(served, ['next@1000']);
});

test('a caller that waits for an answer to begin can give up', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(1, clock);
  const permit = await budget.acquire(neverAborted());
  const quitter = new AbortController();
  const given = budget.acquire(quitter.signal);
  const served = takers(budget, clock, 'next');
  await clock.advance(1_000);
  quitter.abort('enough');
  t.is(await given.catch((reason: unknown) => reason), 'enough');
  permit.answered();
  await clock.advance(60_000);
  t.deepEqual(served, ['next@61000']);
});

test('look-ups of names get no more than a twentieth of the budget, however many wait', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(40, clock);
  const served = { names: 0, events: 0 };
  const take = async (purpose: keyof typeof served) => {
    const permit = await budget.acquire(neverAborted(), purpose);
    served[purpose]++;
    permit.answered();
  };
  for (let n = 0; n < 100; n++) void take('names');
  await clock.advance(0);
  for (let n = 0; n < 60; n++) void take('events');
  await clock.advance(0);
  t.deepEqual(served, { names: 2, events: 38 });
  await clock.advance(60_000);
  t.deepEqual(served, { names: 4, events: 60 });
  await clock.advance(10 * 60_000);
  t.deepEqual(served, { names: 24, events: 60 });
});

test('an event never waits behind a look-up that has spent its share', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(20, clock);
  for (let n = 0; n < 10; n++) void budget.acquire(neverAborted(), 'names').then((permit) => permit.answered());
  await clock.advance(0);
  t.deepEqual([await budget.acquire(neverAborted()).then(() => clock.monotonic()), clock.monotonic()], [0, 0]);
});

test('a pause of names holds up no event', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(20, clock);
  budget.pause(90_000, 'names');
  const served: string[] = [];
  for (const purpose of ['names', 'events'] as const) {
    void budget.acquire(neverAborted(), purpose).then(() => served.push(`${purpose}@${clock.monotonic()}`));
  }
  await clock.advance(90_000);
  t.deepEqual(served, ['events@0', 'names@90000']);
});

test('a look-up of names that is given up releases its share', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(20, clock);
  budget.pause(5_000);
  const quitter = new AbortController();
  const given = budget.acquire(quitter.signal, 'names');
  await clock.advance(1_000);
  quitter.abort('enough');
  t.is(await given.catch((reason: unknown) => reason), 'enough');
  await clock.advance(4_000);
  const permit = await budget.acquire(neverAborted(), 'names');
  t.is(clock.monotonic(), 5_000);
  permit.refund();
  await t.notThrowsAsync(budget.acquire(neverAborted(), 'names'));
  t.is(clock.monotonic(), 5_000);
});

test('a waiter that gives up in the queue leaves at once, and holds up no other', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(1, clock);
  const quitter = new AbortController();
  const first = takers(budget, clock, 'a', 'b');
  const given = budget.acquire(quitter.signal);
  const last = takers(budget, clock, 'd');
  await clock.advance(10_000);
  quitter.abort('enough');
  t.is(await given.catch((reason: unknown) => reason), 'enough');
  t.is(clock.monotonic(), 10_000);
  await clock.advance(110_000);
  t.deepEqual([first, last], [['a@0', 'b@60000'], ['d@120000']]);
});

test('a waiter that gives up at the head of the queue leaves at once, and spends nothing', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(1, clock);
  const quitter = new AbortController();
  const first = takers(budget, clock, 'a');
  const given = budget.acquire(quitter.signal);
  const last = takers(budget, clock, 'c');
  await clock.advance(10_000);
  quitter.abort('enough');
  t.is(await given.catch((reason: unknown) => reason), 'enough');
  await clock.advance(50_000);
  t.deepEqual([first, last], [['a@0'], ['c@60000']]);
});

test('a caller whose signal has aborted before gets nothing and spends nothing', async (t) => {
  const budget = new RequestBudget(1, new ManualClock());
  await t.throwsAsync(budget.acquire(AbortSignal.abort(new Error('too late'))), { message: 'too late' });
  await t.notThrowsAsync(budget.acquire(neverAborted()));
});

test('a signal that lives for ever collects no listeners', async (t) => {
  const clock = new ManualClock();
  const budget = new RequestBudget(1, clock);
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 9 }, async () => (await budget.acquire(signal)).answered()));
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
            budget.pause(pause);
          }
          for (let index = 0; index < number; index++) {
            const ticket = comers++;
            const quitter = new AbortController();
            quitters.push(quitter);
            budget.acquire(quitter.signal).then(
              (permit) => {
                granted.push(clock.monotonic());
                order.push(ticket);
                permit.answered();
              },
              () => quits++,
            );
          }
          if (quitting) quitters.pop()?.abort(new Error('given up'));
          await clock.advance(gap);
        }
        await clock.advance(60_000 * (comers + 1) + 70_000 * steps.length);

        t.is(order.length + quits, comers, 'a waiter starved');
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

test('another limit holds for those that wait already, and forgets nothing that was spent', async (t) => {
  const clock = stillClock();
  const budget = new RequestBudget(1, clock);
  const served = takers(budget, clock, 'a', 'b', 'c', 'd');
  await clock.advance(30_000);
  budget.limitTo(3);
  await clock.advance(90_001);
  t.deepEqual(served, ['a@0', 'b@60000', 'c@60000', 'd@60000']);
});
