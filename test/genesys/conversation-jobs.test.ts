import test from 'ava';
import type { Models } from 'purecloud-platform-client-v2';
import { Failure } from '../../src/domain/failure.ts';
import type { GenesysRequest } from '../../src/genesys/client.ts';
import { GenesysJobs } from '../../src/genesys/conversation-jobs.ts';
import { LOGIN } from '../../src/genesys/failures.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testContext } from '../support/request-context.ts';
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
    await t.throwsAsync(jobs.submit(WINDOW, testContext()), { instanceOf: Failure, message: /unexpected form/ });
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
    t.is(failure.fields.jobId, 'job-1');
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

test('the next page is asked for while this one is processed', async (t) => {
  const { jobs, requests } = jobsOf(paged({ conversations: [1] }, { conversations: [2] }, { conversations: [3] }));
  const pages = jobs.results('job-1', testContext())[Symbol.asyncIterator]();
  await pages.next();
  await new Promise((resolve) => setImmediate(resolve));
  t.is(requests.length, 2);
  await pages.return?.();
});

test('a cursor that leads back, to its own page or an earlier one, is a failure after a few requests, not a circle', async (t) => {
  for (const circle of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
    let page = 0;
    const fresh = jobsOf(() => ({ conversations: [page], cursor: circle[page++ % circle.length] }));
    const failure = await t.throwsAsync(resultsOf(fresh.jobs), { instanceOf: Failure, message: /a cursor leads back/ });
    t.is(failure.code, 'genesys.endless');
    t.is(fresh.requests.length, circle.length + 1);

    const same = jobsOf(({ query }) => {
      const next = circle[(circle.indexOf(String(query?.cursor)) + 1) % circle.length];
      return { conversations: [next], cursor: next };
    });
    await t.throwsAsync(resultsOf(same.jobs), { instanceOf: Failure, message: /does not end/ });
    t.true(same.requests.length <= circle.length + 3);
  }
});

test('an empty result is believed at the third time, since no total tells that it is one', async (t) => {
  for (const answer of [{}, { conversations: [] }, { conversations: null }]) {
    const { jobs, requests } = jobsOf(() => answer);
    t.deepEqual(await resultsOf(jobs), [{ conversations: [] }]);
    t.is(requests.length, 3);
  }
});

test('a result that lacks what its total counts is a failure', async (t) => {
  const { jobs } = jobsOf(() => ({ conversations: [], totalHits: 2_000 }));
  t.is((await t.throwsAsync(resultsOf(jobs), { instanceOf: Failure })).code, 'genesys.incomplete');
});

function tooMuch(code: 'genesys.tooLarge' | 'genesys.unreachable', facts: object): Failure {
  return new Failure({ code, what: 'Too much', why: 'the test says so', remedy: 'Less', fields: { ...facts } });
}

test('a page of results that is too much is asked for in smaller ones, down to a single conversation, and grows again', async (t) => {
  for (const failure of [
    tooMuch('genesys.tooLarge', {}),
    tooMuch('genesys.unreachable', { httpStatus: 504 }),
    tooMuch('genesys.unreachable', { error: 'deadline' }),
  ]) {
    const { jobs, requests } = jobsOf(({ query }) => {
      const from = Number(query?.cursor ?? 0);
      const size = Number(query?.pageSize);
      // The conversations up to the fifth are enormous.
      if (from < 5 && size > 1) throw failure;
      const page = Array.from({ length: Math.min(size, 40 - from) }, (_, index) => ({
        conversationId: String(from + index),
      }));
      return { conversations: page, ...(from + page.length < 40 && { cursor: String(from + page.length) }) };
    });
    const pages = await resultsOf(jobs);
    t.is(pages.flatMap(({ conversations }) => conversations).length, 40);
    t.deepEqual(
      requests.slice(0, 6).map(({ query }) => query?.pageSize),
      [1_000, 200, 40, 8, 2, 1],
    );
    t.true(requests.length < 30);
  }
});

test('an outage is no reason to ask for single conversations for ever', async (t) => {
  const { jobs, requests } = jobsOf(() => {
    throw tooMuch('genesys.unreachable', { error: 'deadline' });
  });
  await t.throwsAsync(resultsOf(jobs), { message: /Too much/ });
  t.true(requests.length <= 6);
});

test('a job that Genesys does not take on in time is a failure of the job, for which a shorter one is the cure', async (t) => {
  for (const [facts, code] of [
    [{ httpStatus: 504 }, 'genesys.job'],
    [{ httpStatus: 408 }, 'genesys.job'],
    [{ error: 'deadline' }, 'genesys.job'],
    [{ httpStatus: 503 }, 'genesys.unreachable'],
    [{ error: 'ECONNRESET' }, 'genesys.unreachable'],
    [{ request: LOGIN, error: 'deadline' }, 'genesys.unreachable'],
  ] as const) {
    const { jobs } = jobsOf(() => {
      throw tooMuch('genesys.unreachable', facts);
    });
    t.is((await t.throwsAsync(jobs.submit(WINDOW, testContext()), { instanceOf: Failure })).code, code);
  }
});

test('a cursor that is not text is a failure, and not the end of the result', async (t) => {
  for (const cursor of [17, 0, true, false, {}, ['a']]) {
    const { jobs } = jobsOf(() => ({ conversations: [1], cursor }));
    const failure = await t.throwsAsync(resultsOf(jobs), { instanceOf: Failure, message: /its cursor is not text/ });
    t.is(failure.code, 'genesys.rejected');
  }
});

test('a cursor that is left out, null or empty is the end of the result', async (t) => {
  for (const answer of [{}, { cursor: null }, { cursor: '' }]) {
    const { jobs } = jobsOf(() => ({ conversations: [1], ...answer }));
    t.deepEqual(await resultsOf(jobs), [{ conversations: [1] }]);
  }
});

test('empty pages that lead on and on by ever new cursors are a failure after a few requests', async (t) => {
  let page = 0;
  const { jobs, requests } = jobsOf(() => ({ conversations: page < 2 ? [page] : [], cursor: String(page++) }));
  const failure = await t.throwsAsync(resultsOf(jobs), { instanceOf: Failure, message: /page after page is empty/ });
  t.is(failure.code, 'genesys.endless');
  t.is(failure.fields.read, 2);
  t.is(requests.length, 2 + 3 * 3);
});

test('a few empty pages between others are passed through', async (t) => {
  const some = { conversations: [1] };
  const { jobs } = jobsOf(paged({}, {}, some, {}, {}, { conversations: [2] }, {}, {}));
  const pages = await resultsOf(jobs);
  t.deepEqual(
    pages.flatMap(({ conversations }) => conversations),
    [1, 2],
  );
});

test('conversations that are not a list are a failure, and not an empty page', async (t) => {
  const { jobs } = jobsOf(() => ({ conversations: {} }));
  await t.throwsAsync(resultsOf(jobs), { instanceOf: Failure, message: /not a list/ });
});

test('a job is cancelled by its ID', async (t) => {
  const { jobs, requests } = jobsOf(() => undefined);
  await jobs.cancel('job-1', testContext());
  t.like(requests, [{ method: 'DELETE', path: `${PATH}/job-1` }]);
});

test('Genesys says what time it is', async (t) => {
  const { jobs } = jobsOf(() => undefined);
  t.is(await jobs.now(testContext()), NOW);
});
