import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { Failure } from '../../src/domain/failure.ts';
import type { Window } from '../../src/domain/window.ts';
import type { GenesysClient, GenesysRequest } from '../../src/genesys/client.ts';
import { ConversationQuery, type ConversationQueryOptions } from '../../src/genesys/conversation-query.ts';
import type { RequestContext } from '../../src/ports/request-context.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { testContext } from '../support/request-context.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-11-20T10:00:00.000Z');
const WINDOW: Window = { start: START, end: START + HOUR };

interface Asked {
  readonly interval: string;
  readonly page: number;
  /** The span that segmentEnd has to match, where it is asked for. */
  readonly ended: string | undefined;
}

/** Reads what matters out of a request's body. */
function askedBy({ body }: GenesysRequest): Asked {
  const { interval, paging, segmentFilters } = body as {
    interval: string;
    paging: { pageNumber: number };
    segmentFilters?: { predicates: { value: string }[] }[];
  };
  return { interval, page: paging.pageNumber, ended: segmentFilters?.[0]?.predicates[0]?.value };
}

/** A client that answers as the function says, and notes what it was asked. */
function clientOf(answer: (asked: Asked, signal: AbortSignal) => unknown) {
  const requests: GenesysRequest[] = [];
  const asked: Asked[] = [];
  const client: GenesysClient = {
    now: async () => WINDOW.end,
    answerTime: () => 0,
    async request(request, context) {
      context.signal.throwIfAborted();
      requests.push(request);
      asked.push(askedBy(request));
      await turn();
      context.signal.throwIfAborted();
      return endAsGenesysDoes(await answer(askedBy(request), context.signal));
    },
  };
  return { client, requests, asked };
}

/** A source in whose world time passes only while it waits. */
function sourceOf(options: Partial<ConversationQueryOptions> & Pick<ConversationQueryOptions, 'client'>) {
  const clock = new ManualClock();
  const defaults = { clock, log: recordedLog(), query: 'changes', scope: 'all', lookback: 48 * HOUR } as const;
  return new ConversationQuery({ ...defaults, ...options });
}

/** Where the list is empty, Genesys says so by its total. */
function endAsGenesysDoes(page: unknown): unknown {
  const { conversations } = (page ?? {}) as { conversations?: unknown };
  return Array.isArray(conversations) && conversations.length === 0 ? { totalHits: 0, ...(page as object) } : page;
}

function queryOf(client: GenesysClient, query: 'changes' | 'interval' = 'interval') {
  return sourceOf({ client, query });
}

async function readAll(query: ConversationQuery, context: RequestContext = testContext()): Promise<unknown[]> {
  const read: unknown[] = [];
  for await (const page of query.read(WINDOW, context)) read.push(...page);
  return read;
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof Failure)) throw new Error(`no Failure but ${String(failure)}`);
  return failure;
}

function tooMany(): Failure {
  return new Failure({
    code: 'genesys.tooManyResults',
    what: 'Genesys rejected it',
    why: 'HTTP 400; correlation ID corr-1',
    remedy: 'Less',
    fields: { correlationId: 'corr-1' },
  });
}

/** Milliseconds of an ISO/ISO span. */
function lengthOf(span: string): number {
  const [start = '', end = ''] = span.split('/');
  return Date.parse(end) - Date.parse(start);
}

test('pages are read until one comes back without conversations, and come in order', async (t) => {
  const { client, asked, requests } = clientOf(({ page }) => ({ conversations: page <= 3 ? [`c${page}`] : [] }));
  t.deepEqual(await readAll(queryOf(client)), ['c1', 'c2', 'c3']);
  t.deepEqual(
    asked.map(({ page }) => page),
    [1, 2, 3, 4],
  );
  t.is(requests[0]?.method, 'POST');
  t.is(requests[0]?.path, '/api/v2/analytics/conversations/details/query');
  t.is(requests[0]?.permission, 'analytics:conversationDetail:view');
});

test('neither a short page nor the total ends the reading', async (t) => {
  const sizes = [100, 1, 100, 7];
  const { client } = clientOf(({ page }) => ({
    conversations: Array.from({ length: sizes[page - 1] ?? 0 }, (_, index) => `${page}-${index}`),
    totalHits: 1,
  }));
  t.is((await readAll(queryOf(client))).length, 208);
});

test('a list that is absent or null is an empty one', async (t) => {
  for (const [page, requests] of [
    [{ totalHits: 0 }, 1],
    [{ conversations: null, totalHits: 0 }, 1],
    // Without a total the absence proves nothing yet.
    [{}, 3],
    [{ conversations: null }, 3],
  ] as const) {
    const { client, asked } = clientOf(() => page);
    t.deepEqual(await readAll(queryOf(client)), []);
    t.is(asked.length, requests);
  }
});

test('a payload of an unexpected form is a failure, never silence', async (t) => {
  for (const page of [undefined, null, 'text', [], 5, { conversations: {} }, { conversations: 'none' }]) {
    const { client } = clientOf(() => page);
    const failure = await failureOf(readAll(queryOf(client)));
    t.is(failure.code, 'genesys.rejected');
    t.true(failure.message.includes('unexpected form'));
  }
});

test('what conversations are made of is not looked at here', async (t) => {
  const odd = [null, 5, 'text', [], { conversationId: 7 }];
  const { client } = clientOf(({ page }) => ({ conversations: page === 1 ? odd : [] }));
  t.deepEqual(await readAll(queryOf(client)), odd);
});

test('changes are read as what ended, and beside it as what began and is alive', async (t) => {
  const { client, asked } = clientOf(({ page, ended }) => ({
    conversations: page === 1 ? [ended === undefined ? 'alive' : 'ended'] : [],
  }));
  t.deepEqual(await readAll(queryOf(client, 'changes')), ['ended', 'alive']);
  const span = '2026-11-20T10:00:00.000Z/2026-11-20T11:00:00.000Z';
  const lookingBack = '2026-11-18T10:00:00.000Z/2026-11-20T11:00:00.000Z';
  t.deepEqual(asked, [
    { interval: lookingBack, page: 1, ended: span },
    { interval: span, page: 1, ended: undefined },
    { interval: lookingBack, page: 2, ended: span },
    { interval: span, page: 2, ended: undefined },
  ]);
});

test('pages are fetched while earlier ones are worked on, one after the other, up to a number', async (t) => {
  let atOnce = 0;
  const { client, asked } = clientOf(async ({ page }) => {
    t.is(++atOnce, 1);
    await turn();
    atOnce--;
    return { conversations: page <= 40 ? [page] : [] };
  });
  const read: number[] = [];
  for await (const [page] of queryOf(client).read(WINDOW, testContext())) {
    read.push(Number(page));
    for (let index = 0; index < 100; index++) await turn();
    t.is(asked.length, Math.min(41, Number(page) + 31));
  }
  t.deepEqual(
    read,
    Array.from({ length: 40 }, (_, index) => index + 1),
  );
});

test('reading begins before the consumer reads', async (t) => {
  const { client, asked } = clientOf(() => ({ conversations: [] }));
  const pages = queryOf(client).read(WINDOW, testContext());
  await turn();
  t.is(asked.length, 1);
  for await (const _ of pages) t.fail('there are none');
});

test('where few pages fit, an earlier window comes first, and no window waits for ever', async (t) => {
  const { client, asked } = clientOf(({ page }) => ({ conversations: [`c${page}`] }));
  const query = queryOf(client);
  const controller = new AbortController();
  const context = testContext(controller.signal);
  query.read(WINDOW, context);
  for (let index = 0; index < 100; index++) await turn();
  t.is(asked.length, 32);
  const later = { start: WINDOW.end, end: WINDOW.end + HOUR };
  query.read(later, context);
  for (let index = 0; index < 100; index++) await turn();
  t.is(asked.length, 33);
  t.is(asked[32]?.interval, '2026-11-20T11:00:00.000Z/2026-11-20T12:00:00.000Z');
  controller.abort('stop');
});

/** What a request says of when conversations started, `10:00:00–11:00:01`, and its page. */
function startsOf({ body }: GenesysRequest): string {
  const {
    conversationFilters = [],
    segmentFilters,
    paging,
  } = body as {
    conversationFilters?: { predicates: { dimension: string; value: string }[] }[];
    segmentFilters?: unknown;
    paging: { pageNumber: number };
  };
  const starts = conversationFilters[0]?.predicates.find(({ dimension }) => dimension === 'conversationStart');
  const [from = '', to = ''] = starts?.value.split('/') ?? [];
  return `${segmentFilters ? 'ended' : 'begun'} ${from.slice(8, 19)}–${to.slice(8, 19)} ${paging.pageNumber}`;
}

test('a query that finds many conversations is split by when they started, side by side, each page by page', async (t) => {
  const requests: string[] = [];
  let atOnce = 0;
  let most = 0;
  const client: GenesysClient = {
    now: async () => WINDOW.end,
    answerTime: () => 3_000,
    async request(request) {
      const asked = startsOf(request);
      requests.push(asked);
      most = Math.max(most, ++atOnce);
      await turn();
      atOnce--;
      const conversations = asked.startsWith('ended') && asked.endsWith(' 1') ? [asked] : [];
      const total = { 'ended – 1': 3_500, 'ended 20T10:30:00–20T11:00:01 1': 2_500 }[asked] ?? 750;
      return { conversations, totalHits: conversations.length > 0 ? total : asked.endsWith(' 1') ? 0 : 1 };
    },
  };
  const query = sourceOf({ client, partSize: 1_000 });
  const read = await readAll(query);
  t.deepEqual(read.sort(), [
    'ended 17T10:00:00–20T10:00:01 1',
    'ended 20T10:00:00–20T10:30:01 1',
    // A part that holds more than twice as many as its equals would is asked in parts itself.
    'ended 20T10:30:00–20T10:45:01 1',
    'ended 20T10:45:00–20T11:00:01 1',
  ]);
  // Four of the queries are read to their end, which is asked for three times: the total has dropped.
  t.is(requests.length, 1 + 1 + 3 + 2 + 4 * 3);
  t.true(most >= 4, `${most} at once`);
});

test('where parts hold as much as the whole, splitting has not helped, and ends', async (t) => {
  const { client: prompt, requests } = clientOf(({ page }) => ({
    conversations: page === 1 ? [1] : [],
    totalHits: page === 1 ? 50_000 : 1,
  }));
  const client = { ...prompt, answerTime: () => 3_000 };
  await readAll(sourceOf({ client }));
  // Two queries, nineteen parts of each, and three times the page on which each part ends.
  t.is(requests.length, 2 + 2 * 19 * (1 + 3));
});

test('a total beyond all reason is split into a bounded number of parts', async (t) => {
  for (const totalHits of [2_147_483_647, Number.MAX_VALUE]) {
    const { client, requests } = clientOf(({ page }) => ({ conversations: page === 1 ? [1] : [], totalHits }));
    await failureOf(readAll(sourceOf({ client })));
    const first = requests.filter(({ body }) => (body as { paging: { pageNumber: number } }).paging.pageNumber === 1);
    t.true(first.length <= 2 * (1 + 20), `${first.length} queries`);
  }
});

test('parts that still hold more than Genesys pages through are split again', async (t) => {
  let readWhole = 0;
  const client: GenesysClient = {
    now: async () => WINDOW.end,
    answerTime: () => 0,
    async request(request) {
      const [, starts = ''] =
        /"dimension":"conversationStart","operator":"matches","value":"([^"]+)"/.exec(JSON.stringify(request.body)) ??
        [];
      // A thousand conversations began in each second of the hour.
      const seconds = starts === '' ? 3_600 : Math.round(lengthOf(starts) / 1_000);
      const isBefore = starts.startsWith('2026-11-17');
      const total = isBefore || askedBy(request).ended === undefined ? 0 : seconds * 1_000;
      const { page } = askedBy(request);
      if (total > 100_000 && page > 1) throw new Error('it is paged through all the same');
      if (total > 0 && total <= 100_000) readWhole++;
      return page === 1 && total > 0 ? { conversations: [starts], totalHits: total } : { totalHits: page - 1 };
    },
  };
  await readAll(sourceOf({ client }));
  t.true(readWhole > 36, `${readWhole} parts`);
});

test('a query is split into as many parts as answers take long, and into none while they come fast', async (t) => {
  for (const [answerTime, parts] of [
    [0, 0],
    [160, 0],
    [170, 3],
    [1_000, 7],
    [3_000, 19],
    [30_000, 20],
  ] as const) {
    const { client, asked } = clientOf(({ page, ended }) => ({
      conversations: page === 1 ? [1] : [],
      totalHits: page > 1 ? 1 : ended === undefined ? 0 : 50_000,
    }));
    const slow = { ...client, answerTime: () => answerTime };
    await readAll(sourceOf({ client: slow }));
    const ended = asked.filter((params) => params.ended !== undefined && params.page === 1);
    t.is(ended.length, 1 + parts, `${answerTime} ms`);
  }
});

test('a consumer that stops early leaves nothing running', async (t) => {
  let aborted = false;
  const { client, asked } = clientOf(({ page }, signal) => {
    if (page === 1) return { conversations: [1] };
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        aborted = true;
        reject(signal.reason);
      });
    });
  });
  for await (const _ of queryOf(client).read(WINDOW, testContext())) {
    for (let index = 0; index < 10; index++) await turn();
    break;
  }
  t.true(aborted);
  for (let index = 0; index < 10; index++) await turn();
  t.is(asked.length, 2);
});

test('aborting ends the reading with the reason', async (t) => {
  const controller = new AbortController();
  const { client, asked } = clientOf(({ page }) => ({ conversations: [page] }));
  const read = async () => {
    for await (const [page] of queryOf(client).read(WINDOW, testContext(controller.signal))) {
      if (page === 2) controller.abort('stop');
    }
  };
  t.is(await read().catch((reason: unknown) => reason), 'stop');
  t.true(asked.length <= 3);
});

test('a failure on a later page comes after the pages before it, as it is', async (t) => {
  const failure = new Failure({ code: 'genesys.unreachable', what: 'a', why: 'b', remedy: 'c' });
  const { client } = clientOf(({ page }) => {
    if (page === 3) throw failure;
    return { conversations: [page] };
  });
  const read: unknown[] = [];
  const thrown = await (async () => {
    for await (const page of queryOf(client).read(WINDOW, testContext())) read.push(...page);
  })().catch((error: unknown) => error);
  t.is(thrown, failure);
  t.deepEqual(read, [1, 2]);
});

test('a total beyond the limit splits the window before it is paged through', async (t) => {
  const { client, asked } = clientOf(({ interval, page }) => {
    const fits = lengthOf(interval) <= HOUR / 4;
    const total = fits ? 100_000 : 100_001;
    return { conversations: page === 1 ? [interval] : [], totalHits: page === 1 ? total : 1 };
  });
  t.deepEqual(await readAll(queryOf(client)), [
    '2026-11-20T10:00:00.000Z/2026-11-20T10:15:00.000Z',
    '2026-11-20T10:15:00.000Z/2026-11-20T10:30:00.000Z',
    '2026-11-20T10:30:00.000Z/2026-11-20T10:45:00.000Z',
    '2026-11-20T10:45:00.000Z/2026-11-20T11:00:00.000Z',
  ]);
  // The end of each quarter is asked for three times, because the total has dropped.
  t.is(asked.length, 3 + 4 * (1 + 3));
});

test('changes that Genesys does not page through are asked in parts by when they started, whatever the total says', async (t) => {
  const asked: string[] = [];
  const client: GenesysClient = {
    now: async () => WINDOW.end,
    answerTime: () => 0,
    async request(request) {
      const params = startsOf(request);
      asked.push(params);
      if (params === 'ended – 2') throw tooMany();
      const isFirst = params.endsWith(' 1');
      return { conversations: isFirst ? [params] : [], totalHits: isFirst ? 5 : 0 };
    },
  };
  const query = sourceOf({ client, partSize: 50_000 });
  t.deepEqual((await readAll(query)).sort(), [
    'begun 20T10:00:00–20T11:00:00 1',
    'ended 17T10:00:00–20T10:00:01 1',
    'ended 20T10:00:00–20T10:30:01 1',
    'ended 20T10:30:00–20T11:00:01 1',
    'ended – 1',
  ]);
  t.is(asked.length, 10);
});

test('a window that turns out too large while it is paged through is read again in halves', async (t) => {
  const { client } = clientOf(({ interval, page }) => {
    if (lengthOf(interval) > HOUR / 2 && page === 3) throw tooMany();
    return { conversations: page <= 2 ? [`${interval.slice(11, 16)} ${page}`] : [] };
  });
  t.deepEqual(await readAll(queryOf(client)), ['10:00 1', '10:00 2', '10:00 1', '10:00 2', '10:30 1', '10:30 2']);
});

test('where the total cries wolf on a window that cannot be split, it is read to its end', async (t) => {
  const { client } = clientOf(({ interval, page }) => ({
    conversations: page === 1 ? [interval] : [],
    totalHits: page === 1 ? 1_000_000 : 1,
  }));
  const read = await readAll(queryOf(client));
  t.is(read.length, 2_048);
  t.is(
    read.reduce((sum: number, span) => sum + lengthOf(String(span)), 0),
    HOUR,
  );
});

test('where splitting does not help, reading ends with a failure that says so', async (t) => {
  const { client, asked } = clientOf(({ page }) => {
    if (page > 2) throw tooMany();
    return { conversations: [page] };
  });
  const failure = await failureOf(readAll(queryOf(client)));
  t.is(failure.code, 'genesys.tooManyResults');
  t.true(failure.message.includes('more than 100000 conversations between 2026-11-20T10:00:00.000Z'));
  t.true(failure.message.includes('corr-1'));
  t.true(failure.remedy.includes('streams.conversations.query'));
  t.is(failure.fields.correlationId, 'corr-1');
  t.true(asked.length < 50);
});
