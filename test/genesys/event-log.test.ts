import test from 'ava';
import { Failure } from '../../src/domain/failure.ts';
import type { GenesysRequest } from '../../src/genesys/client.ts';
import { GenesysEventLog } from '../../src/genesys/event-log.ts';
import { testContext } from '../support/request-context.ts';
import { NOW, scriptedClient } from './support/scripted-client.ts';

function logOf(answer: (request: GenesysRequest) => unknown) {
  const { client, requests } = scriptedClient(answer);
  return { eventLog: new GenesysEventLog({ client }), requests };
}

function refusal(httpStatus: number): Failure {
  const text = { code: 'genesys.rejected', what: 'Rejected', why: 'so', remedy: 'none' } as const;
  return new Failure({ ...text, facts: { httpStatus } });
}

test('a page of a hundred is asked for, newest first', async (t) => {
  const { eventLog, requests } = logOf(() => ({ entities: [{ id: 'e1' }], total: 612, pageCount: 7 }));
  t.deepEqual(await eventLog.page(3, testContext()), { list: [{ id: 'e1' }], total: 612, pageCount: 7 });
  t.deepEqual(requests, [
    {
      method: 'GET',
      path: '/api/v2/outbound/events',
      query: { pageSize: 100, pageNumber: 3, sortBy: 'timestamp', sortOrder: 'descending' },
      permission: 'outbound:eventLog:view',
    },
  ]);
});

test('a sort field that Genesys rejects is asked for no more', async (t) => {
  const { eventLog, requests } = logOf(({ query }) => {
    if (query?.sortBy !== undefined) throw refusal(400);
    return { entities: [] };
  });
  await eventLog.page(1, testContext());
  await eventLog.page(2, testContext());
  t.deepEqual(
    requests.map(({ query }) => [query?.pageNumber, query?.sortBy]),
    [
      [1, 'timestamp'],
      [1, undefined],
      [2, undefined],
    ],
  );
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
    });
  }
});

test('a count of pages tells the fewest entries there are, where there is no total', async (t) => {
  for (const [pageCount, total] of [
    [0, 0],
    [1, 1],
    [3, 201],
  ] as const) {
    t.like(await logOf(() => ({ pageCount })).eventLog.page(1, testContext()), { total });
  }
});

test('what is no list is a failure, and not an empty page', async (t) => {
  for (const answer of [undefined, 'text', { entities: {} }]) {
    await t.throwsAsync(logOf(() => answer).eventLog.page(1, testContext()), {
      instanceOf: Failure,
      message: /no list/,
    });
  }
});

test('Genesys says what time it is', async (t) => {
  t.is(await logOf(() => undefined).eventLog.now(testContext()), NOW);
});
