import test from 'ava';
import type { Models } from 'purecloud-platform-client-v2';
import { Failure } from '../../src/domain/failure.ts';
import type { GenesysRequest } from '../../src/genesys/client.ts';
import { GenesysJobs } from '../../src/genesys/conversation-jobs.ts';
import { testContext } from '../support/call.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { NOW, scriptedClient } from './support/scripted-client.ts';

const PATH = '/api/v2/analytics/conversations/details/jobs';
const WINDOW = { start: NOW - 21_600_000, end: NOW };

function jobsOf(answer: (request: GenesysRequest) => unknown, scope: 'outbound' | 'campaign' | 'all' = 'outbound') {
  const { client, requests } = scriptedClient(answer);
  return { jobs: new GenesysJobs({ client, clock: new ManualClock(), scope }), requests };
}

test('a job asks for the interval and the scope, by the filters of the query, and for no paging', async (t) => {
  const { jobs, requests } = jobsOf(() => ({ jobId: 'job-1' }));
  t.is(await jobs.submit(WINDOW, testContext()), 'job-1');
  const body: Models.AsyncConversationQuery = {
    interval: '2026-11-20T04:00:00.000Z/2026-11-20T10:00:00.000Z',
    order: 'asc',
    orderBy: 'conversationStart',
    conversationFilters: [
      {
        type: 'and',
        predicates: [{ type: 'dimension', dimension: 'originatingDirection', operator: 'matches', value: 'outbound' }],
      },
    ],
  };
  t.is(requests.length, 1);
  t.like(requests[0], { method: 'POST', path: PATH, permission: 'analytics:conversationDetail:view' });
  t.deepEqual(requests[0]?.body, body);
});

test('a job over every conversation has no filter', async (t) => {
  for (const scope of ['all', 'campaign'] as const) {
    const { jobs, requests } = jobsOf(() => ({ jobId: 'job-1' }), scope);
    await jobs.submit(WINDOW, testContext());
    t.deepEqual(Object.keys(requests[0]?.body as object), ['interval', 'order', 'orderBy']);
  }
});

test('an answer without the ID of a job is a failure', async (t) => {
  for (const answer of [{}, { jobId: '' }, undefined, []]) {
    const { jobs } = jobsOf(() => answer);
    await t.throwsAsync(jobs.submit(WINDOW, testContext()), { instanceOf: Failure, message: /not as expected/ });
  }
});

test('availability is the instant up to which the lake is complete', async (t) => {
  const { jobs, requests } = jobsOf(() => ({ dataAvailabilityDate: '2026-11-20T06:12:13Z' }));
  t.is(await jobs.availability(testContext()), Date.parse('2026-11-20T06:12:13.000Z'));
  t.is(requests[0]?.path, `${PATH}/availability`);
});

test('an availability that cannot be read is a failure, and never now', async (t) => {
  for (const answer of [{}, { dataAvailabilityDate: null }, { dataAvailabilityDate: '2026-11-20' }]) {
    const { jobs } = jobsOf(() => answer);
    await t.throwsAsync(jobs.availability(testContext()), { instanceOf: Failure, message: /dataAvailabilityDate/ });
  }
});

test('a job is waited for in every state that may still lead to a result, those of tomorrow included', async (t) => {
  for (const state of ['QUEUED', 'PENDING', 'MEDITATING', undefined, null]) {
    const { jobs } = jobsOf(() => ({ state }));
    t.false(await jobs.isFulfilled('job-1', testContext()));
  }
  const { jobs, requests } = jobsOf(() => ({ state: 'FULFILLED', expirationDate: '2026-11-20T10:00:00.001Z' }));
  t.true(await jobs.isFulfilled('job/1', testContext()));
  t.is(requests[0]?.path, `${PATH}/job%2F1`);
});

test('a job that will not give its result is a failure of the job, with what Genesys says of it', async (t) => {
  for (const [answer, why] of [
    [{ state: 'FAILED', errorMessage: 'out of memory' }, /FAILED: out of memory/],
    [{ state: 'CANCELLED' }, /it is CANCELLED/],
    [{ state: 'EXPIRED' }, /it is EXPIRED/],
    [{ state: 'FULFILLED', expirationDate: '2026-11-20T10:00:00.000Z' }, /expired at 2026-11-20T10:00:00.000Z/],
  ] as const) {
    const { jobs } = jobsOf(() => answer);
    const failure = await t.throwsAsync(jobs.isFulfilled('job-1', testContext()), {
      instanceOf: Failure,
      message: why,
    });
    t.is(failure.code, 'genesys.job');
    t.is(failure.facts.jobId, 'job-1');
  }
});

/** Results in pages, each leading to the next by its cursor. */
function paged(...pages: readonly object[]) {
  return ({ query }: GenesysRequest) => {
    const index = query?.cursor === undefined ? 0 : Number(query.cursor);
    return { ...pages[index], ...(index + 1 < pages.length && { cursor: String(index + 1) }) };
  };
}

async function resultsOf(jobs: GenesysJobs) {
  const pages = [];
  for await (const page of jobs.results('job-1', testContext())) pages.push(page);
  return pages;
}

test('results are read by cursor, a thousand a page, until there is no cursor', async (t) => {
  const guaranteed = { dataAvailabilityDate: '2026-11-20T09:00:00Z' };
  const { jobs, requests } = jobsOf(
    paged({ conversations: [1, 2], ...guaranteed }, guaranteed, { conversations: [3] }),
  );
  t.deepEqual(await resultsOf(jobs), [
    { conversations: [1, 2], guaranteed: NOW - 3_600_000 },
    { conversations: [], guaranteed: NOW - 3_600_000 },
    { conversations: [3] },
  ]);
  t.deepEqual(
    requests.map(({ path, query }) => [path, query]),
    // The empty page says nothing of a total: it is believed at the third time.
    [undefined, '1', '1', '1', '2'].map((cursor) => [`${PATH}/job-1/results`, { pageSize: 1_000, cursor }]),
  );
});

test('the next page is asked for while this one is at work', async (t) => {
  const { jobs, requests } = jobsOf(paged({ conversations: [1] }, { conversations: [2] }, { conversations: [3] }));
  const pages = jobs.results('job-1', testContext())[Symbol.asyncIterator]();
  await pages.next();
  await new Promise((resolve) => setImmediate(resolve));
  t.is(requests.length, 2);
  await pages.return?.();
});

test('a cursor that leads back to its own page is a failure, not a circle', async (t) => {
  const { jobs } = jobsOf(() => ({ conversations: [1], cursor: 'again' }));
  await t.throwsAsync(resultsOf(jobs), { instanceOf: Failure, message: /cursor/ });
});

test('conversations that are no list are a failure, and not an empty page', async (t) => {
  const { jobs } = jobsOf(() => ({ conversations: {} }));
  await t.throwsAsync(resultsOf(jobs), { instanceOf: Failure, message: /no list/ });
});

test('a job is cancelled by its ID', async (t) => {
  const { jobs, requests } = jobsOf(() => undefined);
  await jobs.cancel('job-1', testContext());
  t.like(requests, [{ method: 'DELETE', path: `${PATH}/job-1` }]);
});

test('what time it is, Genesys says', async (t) => {
  const { jobs } = jobsOf(() => undefined);
  t.is(await jobs.now(testContext()), NOW);
});
