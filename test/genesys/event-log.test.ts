import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { Failure } from '../../src/domain/failure.ts';
import type { GenesysRequest } from '../../src/genesys/client.ts';
import { GenesysEventLog } from '../../src/genesys/event-log.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testContext } from '../support/request-context.ts';
import { NOW, scriptedClient } from './support/scripted-client.ts';

function logOf(answer: (request: GenesysRequest) => unknown) {
  const { client, requests } = scriptedClient(answer);
  const clock = new ManualClock();
  /** Pages asked for since the last call, with the member they are sorted by. */
  const asked = () => requests.splice(0).map(({ query }) => [query?.pageNumber, query?.sortBy]);
  return { eventLog: new GenesysEventLog({ client, clock }), clock, requests, asked };
}

function refusal(httpStatus: number): Failure {
  const text = { code: 'genesys.rejected', what: 'Rejected', why: 'so', remedy: 'none' } as const;
  return new Failure({ ...text, fields: { httpStatus } });
}

test('a page of a hundred is asked for, newest first', async (t) => {
  const answer = { entities: [{ id: 'e1' }], total: 612, pageCount: 25, pageSize: 25 };
  const { eventLog, requests } = logOf(() => answer);
  t.deepEqual(await eventLog.page(3, testContext()), { list: [{ id: 'e1' }], total: 612, pageCount: 25, pageSize: 25 });
  t.deepEqual(requests, [
    {
      method: 'GET',
      path: '/api/v2/outbound/events',
      query: { pageSize: 100, pageNumber: 3, sortBy: 'timestamp', sortOrder: 'descending' },
      permission: 'outbound:eventLog:view',
    },
  ]);
});

test('a sort field that Genesys rejects is not asked for, and after an hour tried again with a first page', async (t) => {
  let rejects = true;
  const { eventLog, clock, asked } = logOf(({ query }) => {
    if (rejects && query?.sortBy !== undefined) throw refusal(400);
    return { entities: [] };
  });
  await eventLog.page(1, testContext());
  await eventLog.page(2, testContext());
  await clock.sleep(3_599_999);
  await eventLog.page(1, testContext());
  const unsorted = [1, 2, 1].map((number) => [number, undefined]);
  t.deepEqual(asked(), [[1, 'timestamp'], ...unsorted]);
  await clock.sleep(1);
  await eventLog.page(2, testContext());
  await eventLog.page(1, testContext());
  t.deepEqual(asked(), [
    [2, undefined],
    [1, 'timestamp'],
    [1, undefined],
  ]);
  rejects = false;
  await clock.sleep(3_600_000);
  await eventLog.page(1, testContext());
  await eventLog.page(2, testContext());
  t.deepEqual(asked(), [
    [1, 'timestamp'],
    [2, 'timestamp'],
  ]);
});

test('a rejection that passes, or that has another cause than the sort field, leaves it as it is', async (t) => {
  let rejected = 2;
  const { eventLog, asked } = logOf(() => {
    if (rejected-- > 0) throw refusal(400);
    return { entities: [] };
  });
  await t.throwsAsync(eventLog.page(1, testContext()), { instanceOf: Failure });
  await eventLog.page(1, testContext());
  t.deepEqual(asked(), [
    [1, 'timestamp'],
    [1, undefined],
    [1, 'timestamp'],
  ]);
});

test('a sort field that is rejected on a later page fails the walk: the next one is in one order again', async (t) => {
  const { eventLog, asked } = logOf(({ query }) => {
    if (query?.sortBy !== undefined && Number(query.pageNumber) > 1) throw refusal(400);
    return { entities: [] };
  });
  await eventLog.page(1, testContext());
  await t.throwsAsync(eventLog.page(2, testContext()), { instanceOf: Failure });
  await eventLog.page(1, testContext());
  await eventLog.page(2, testContext());
  t.deepEqual(asked(), [
    [1, 'timestamp'],
    [2, 'timestamp'],
    [2, undefined],
    [1, undefined],
    [2, undefined],
  ]);
});

test('whatever is rejected when, the pages of one walk are sorted alike, and an hour without rejections is sorted', async (t) => {
  // For each request: whether it is rejected, with or without the sort field.
  const rejections = fc.array(fc.constantFrom('none', 'none', 'sorted', 'any'), { maxLength: 40 });
  const walks = fc.array(fc.record({ pages: fc.integer({ min: 1, max: 4 }), pause: fc.nat({ max: 3_600_000 }) }));
  let unsorted = 0;
  await fc.assert(
    fc.asyncProperty(rejections, walks, async (planned, plan) => {
      const script = [...planned];
      let served: unknown;
      const { eventLog, clock, requests } = logOf(({ query }) => {
        const rejects = script.shift() ?? 'none';
        if (rejects === 'any' || (rejects === 'sorted' && query?.sortBy !== undefined)) throw refusal(400);
        served = query?.sortBy;
        return { entities: [] };
      });
      for (const { pages, pause } of plan) {
        await clock.sleep(pause);
        const orders = new Set<unknown>();
        try {
          for (let number = 1; number <= pages; number++) {
            await eventLog.page(number, testContext());
            orders.add(served);
          }
        } catch (failure) {
          assert.ok(failure instanceof Failure);
        }
        assert.ok(orders.size <= 1);
        unsorted += Number(requests.some(({ query }) => query?.sortBy === undefined));
      }
      script.length = 0;
      await clock.sleep(3_600_000);
      await eventLog.page(1, testContext());
      assert.equal(served, 'timestamp');
    }),
    { numRuns: 300 },
  );
  t.true(unsorted > 100, 'the generator is too tame: hardly anything was rejected');
});

test('any other failure is the caller’s, and so is a rejection that has another cause', async (t) => {
  for (const [status, times] of [
    [404, 1],
    [400, 2],
  ] as const) {
    const { eventLog, requests } = logOf(() => {
      throw refusal(status);
    });
    await t.throwsAsync(eventLog.page(1, testContext()), { instanceOf: Failure });
    t.is(requests.length, times);
  }
});

test('an absent list stays absent, and what is not counted stays unknown', async (t) => {
  for (const answer of [{}, { entities: null, pageCount: null }]) {
    t.deepEqual(await logOf(() => answer).eventLog.page(1, testContext()), {
      list: undefined,
      total: undefined,
      pageCount: undefined,
      pageSize: undefined,
    });
  }
});

test('what is not a list is a failure, and not an empty page', async (t) => {
  for (const answer of [undefined, 'text', { entities: {} }]) {
    await t.throwsAsync(logOf(() => answer).eventLog.page(1, testContext()), {
      instanceOf: Failure,
      message: /not a list/,
    });
  }
});

test('Genesys says what time it is', async (t) => {
  t.is(await logOf(() => undefined).eventLog.now(testContext()), NOW);
});
