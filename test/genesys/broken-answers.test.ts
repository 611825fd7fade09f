import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { Failure } from '../../src/domain/failure.ts';
import type { GenesysClient } from '../../src/genesys/client.ts';
import { ConversationQuery } from '../../src/genesys/conversation-query.ts';
import type { Fault } from '../../src/sandbox/genesys/faults.ts';
import type { Request } from '../../src/sandbox/genesys/http.ts';
import { testContext } from '../support/request-context.ts';
import { isQuery, junk, listLeftOut, pageOf, samePage, tooHeavyOver } from './support/answer-faults.ts';
import { desk, NOW, WINDOW } from './support/simulated.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FOREVER = Number.POSITIVE_INFINITY;
const BUSY = { message: 'Service busy' };

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const failure = await promise.catch((error: unknown) => error);
  if (!(failure instanceof Failure)) throw new Error(`no Failure but ${String(failure)}`);
  return failure;
}

const onPage = (page: number) => (request: Request) => isQuery(request) && pageOf(request) === page;
const isEnded = (request: Request) => isQuery(request) && (request.body ?? '').includes('segmentEnd');

test('the body of an error that comes with success is tried again like a 503, on whichever page', async (t) => {
  for (const body of [BUSY, { code: 'x' }, { status: 503 }, { errors: [] }, { message: 'a', conversations: null }]) {
    for (const page of [1, 2, 3]) {
      const { simulator, ids, read } = desk(250);
      simulator.faults.add(junk(body, { on: onPage(page), times: 2 }));
      t.is((await read()).met.size, ids.length);
    }
  }
});

test('the body of an error that comes for ever fails the cycle, and is never an empty window', async (t) => {
  const { simulator, read } = desk(250);
  simulator.faults.add(junk(BUSY, { times: FOREVER }));
  const failure = await failureOf(read());
  t.is(failure.code, 'genesys.unreachable');
  t.true(failure.message.includes('Service busy'));
});

test('an answer that lacks its list, or has it empty, is asked for again, and nothing of the window is lost', async (t) => {
  const empty = junk({ conversations: [], totalHits: 250 }, { on: isEnded });
  for (const fault of [junk({}, { on: isEnded }), junk({}, { on: onPage(2) }), listLeftOut({ on: onPage(1) }), empty]) {
    const { simulator, ids, read } = desk(250);
    simulator.faults.add({ ...fault, times: 2 });
    t.is((await read()).met.size, ids.length);
  }
});

test('a page that comes twice does not count for the one that is missing, also after pages have become smaller', async (t) => {
  const { simulator, read } = desk(250);
  const from = (page: number) => (request: Request) => isEnded(request) && pageOf(request) >= page;
  simulator.faults.add(
    { ...samePage(), on: from(3), times: 6 },
    { answer: { status: 503, body: '' }, on: from(2), times: 6 },
  );
  const failure = await failureOf(read());
  t.is(failure.code, 'genesys.incomplete');
  t.deepEqual(failure.fields, { total: 243, read: 100 });
});

test('an ordinary empty poll takes one request for each query', async (t) => {
  t.deepEqual(await desk(0).read(), { met: new Set(), requests: 2 });
});

test('a world that answers {} for ever is empty', async (t) => {
  const { simulator, clock, read } = desk(0);
  simulator.faults.add(junk({}, { times: FOREVER }));
  const before = clock.monotonic();
  t.deepEqual(await read(), { met: new Set(), requests: 6 });
  t.true(clock.monotonic() - before >= 4_000, 'with pauses between');
});

test('a total that is a little too high ends nothing but the paging', async (t) => {
  for (const totalHits of [(hits: number) => hits + 90, (hits: number) => Math.round(hits * 1.05)]) {
    const { read, ids } = desk(250, { simulator: { detailsQuery: { totalHits } } });
    t.is((await read()).met.size, ids.length);
  }
});

test('where more is missing than an approximation explains, the cycle fails; after an hour it goes on and tells the gap', async (t) => {
  const { simulator, clock, log, read } = desk(250);
  simulator.faults.add(junk({}, { on: (request) => isEnded(request) && pageOf(request) > 1, times: FOREVER }));
  const failure = await failureOf(read());
  t.is(failure.code, 'genesys.incomplete');
  t.deepEqual(failure.fields, { total: 243, read: 100 });
  await clock.sleep(HOUR - MINUTE);
  t.is((await failureOf(read())).code, 'genesys.incomplete');
  // The window grows at its end while it fails.
  await clock.sleep(MINUTE);
  t.is((await read({ start: WINDOW.start, end: NOW })).met.size, 100);
  t.like(log.lines.at(-1), {
    level: 'error',
    event: 'gap.detected',
    gapStart: '2026-11-20T08:55:00.000Z',
    gapEnd: '2026-11-20T10:00:00.000Z',
    total: 243,
    read: 100,
  });
});

test('the hour is counted for windows with the place of the failure, by the monotonic clock', async (t) => {
  const { simulator, clock, read } = desk(250);
  simulator.faults.add(junk({ totalHits: 250 }, { on: isEnded, times: FOREVER }));
  await failureOf(read());
  clock.step(2 * HOUR);
  t.is((await failureOf(read())).code, 'genesys.incomplete');
  await clock.sleep(HOUR);
  t.is((await failureOf(read({ ...WINDOW, start: WINDOW.start + 1 }))).code, 'genesys.incomplete');
});

test('a window that was read in between has not been failing for an hour', async (t) => {
  const { simulator, clock, ids, log, read } = desk(250);
  const broken = junk({ totalHits: 250 }, { on: isEnded, times: 3 });
  simulator.faults.add({ ...broken });
  t.is((await failureOf(read())).code, 'genesys.incomplete');
  t.is((await read()).met.size, ids.length);
  await clock.sleep(HOUR + MINUTE);
  simulator.faults.add({ ...broken });
  t.is((await failureOf(read({ ...WINDOW, end: NOW }))).code, 'genesys.incomplete');
  t.deepEqual(log.lines, []);
});

test('what cannot be read after a window that was passed is passed at once, until a window is read completely', async (t) => {
  const { simulator, clock, log, read } = desk(250);
  const broken = junk({ totalHits: 250 }, { on: isEnded, times: FOREVER });
  simulator.faults.add(broken);
  await failureOf(read());
  await clock.sleep(HOUR);
  await read();
  const next = { start: WINDOW.end - 5 * MINUTE, end: WINDOW.end + MINUTE };
  await read(next);
  t.is(log.lines.filter(({ event }) => event === 'gap.detected').length, 2);
  simulator.faults.clear();
  await read({ start: next.end - 5 * MINUTE, end: next.end + MINUTE });
  simulator.faults.add(broken);
  const later = { start: next.end, end: next.end + 2 * MINUTE };
  t.is((await failureOf(read(later))).code, 'genesys.incomplete');
});

/** A window is read ahead, and dropped before its turn. */
async function prefetched(source: ConversationQuery, window: typeof WINDOW): Promise<void> {
  const stop = new AbortController();
  const context = testContext(stop.signal);
  source.read(window, context);
  let before = -1;
  while (context.counts.genesysRequests > before) {
    before = context.counts.genesysRequests;
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  stop.abort(new Error('dropped'));
}

test('the failure of a window that is dropped before its turn begins no hour', async (t) => {
  const { simulator, source, clock, read } = desk(250);
  simulator.faults.add(junk({ totalHits: 250 }, { on: isEnded, times: FOREVER }));
  await prefetched(source, WINDOW);
  await clock.sleep(HOUR);
  t.is((await failureOf(read())).code, 'genesys.incomplete');
});

test('a window that could be read before its turn, and was dropped, ends no hour', async (t) => {
  const { simulator, source, clock, log, read } = desk(250);
  const broken = junk({ totalHits: 250 }, { on: isEnded, times: FOREVER });
  simulator.faults.add(broken);
  await failureOf(read());
  simulator.faults.clear();
  await prefetched(source, { start: WINDOW.start, end: NOW });
  await clock.sleep(HOUR);
  simulator.faults.add(broken);
  await read();
  t.is(log.lines.at(-1)?.event, 'gap.detected');
});

test('the same page for ever ends with a failure that names it, after a few requests', async (t) => {
  let asked = 0;
  const { simulator, read } = desk(250, { simulator: { observe: () => asked++ } });
  simulator.faults.add(samePage());
  const failure = await failureOf(read());
  t.is(failure.code, 'genesys.endless');
  t.true(asked < 30, `${asked} requests`);
});

test('a query that is too heavy over a long window is asked in lighter pieces, and nothing is lost', async (t) => {
  for (const status of [408, 500, 502, 503, 504]) {
    for (const query of ['changes', 'interval'] as const) {
      const { simulator, ids, log, read } = desk(250, { query });
      simulator.faults.add(tooHeavyOver(20 * MINUTE, { status }));
      const { met, requests } = await read();
      t.is(met.size, ids.length, `${status} ${query}`);
      t.true(requests < 100, `${requests} requests`);
      const lightened = log.lines.filter(({ event }) => event === 'query.lightened');
      t.is(lightened.length, 1);
      t.true(lightened[0]?.msg.includes('streams.conversations.maxWindow'));
    }
  }
});

test('a page that comes again in the place of the next one does not count for it', async (t) => {
  const { simulator, read } = desk(250);
  simulator.faults.add(
    { ...samePage(), on: (request) => isEnded(request) && pageOf(request) === 2 },
    junk({}, { on: (request) => isEnded(request) && pageOf(request) > 2, times: FOREVER }),
  );
  const failure = await failureOf(read());
  t.is(failure.code, 'genesys.incomplete');
  t.deepEqual(failure.fields, { total: 243, read: 100 });
});

test('an outage of everything stays a few requests, and its failure names the remedy for heavy queries', async (t) => {
  for (const [status, most] of [
    [503, 30],
    [504, 30],
  ] as const) {
    const { simulator, source } = desk(250);
    simulator.faults.add({ on: isQuery, times: FOREVER, answer: { status, body: '{}' } });
    let requests = 0;
    const failure = await failureOf(
      (async () => {
        const context = { signal: new AbortController().signal, count: () => void requests++ };
        for await (const _ of source.read(WINDOW, context)) t.fail();
      })(),
    );
    t.is(failure.code, 'genesys.unreachable');
    t.true(failure.remedy.includes('streams.conversations.maxWindow'));
    t.true(requests > 5 && requests <= most, `${status}: ${requests} requests`);
  }
});

test('pages that are too large are halved, and a record that is too large is passed after an hour, with a gap that is reported', async (t) => {
  for (const giants of [[], [0], [3, 4, 77, 249], Array.from({ length: 250 }, (_, index) => index)]) {
    const { client, clock, log, ids } = desk(250);
    const sizeOf = (id: string) => (giants.includes(Number(id.slice(2))) ? 10 : 0.01);
    let largest = 0;
    const bounded: GenesysClient = {
      ...client,
      async request(request, call) {
        const answer = (await client.request(request, call)) as { conversations?: { conversationId: string }[] };
        const size = (answer.conversations ?? []).reduce((sum, { conversationId }) => sum + sizeOf(conversationId), 0);
        if (size > 16)
          throw new Failure({ code: 'genesys.tooLarge', what: 'Too large', why: 'a test', remedy: 'Less' });
        largest = Math.max(largest, size);
        return answer;
      },
    };
    const context = testContext();
    const source = new ConversationQuery({
      ...{ client: bounded, clock, log, query: 'changes', scope: 'outbound', lookback: 48 * HOUR },
    });
    const met = new Set<string>();
    for await (const page of source.read(WINDOW, context)) {
      for (const record of page) met.add((record as { conversationId: string }).conversationId);
    }
    t.is(met.size, ids.length);
    t.true(largest <= 16);
    t.true(context.counts.genesysRequests < 8 + 12 * giants.length, `${context.counts.genesysRequests}`);
  }

  const { client, clock, log, ids } = desk(250);
  const unreadable: GenesysClient = {
    ...client,
    async request(request, call) {
      const answer = (await client.request(request, call)) as { conversations?: { conversationId: string }[] };
      if (!answer.conversations?.some(({ conversationId }) => conversationId === ids[42])) return answer;
      throw new Failure({ code: 'genesys.tooLarge', what: 'Too large', why: 'a test', remedy: 'Less' });
    },
  };
  const source = new ConversationQuery({
    ...{ client: unreadable, clock, log, query: 'changes', scope: 'outbound', lookback: 48 * HOUR },
  });
  const readAll = async () => {
    const met = new Set<string>();
    for await (const page of source.read(WINDOW, testContext())) {
      for (const record of page) met.add((record as { conversationId: string }).conversationId);
    }
    return met;
  };
  t.is((await failureOf(readAll())).code, 'genesys.tooLarge');
  await clock.sleep(HOUR);
  const met = await readAll();
  t.deepEqual(
    ids.filter((id) => !met.has(id)),
    [ids[42]],
  );
  t.like(log.lines.at(-1), { event: 'gap.detected', code: 'genesys.tooLarge' });
});

test('a filter that is refused names the query without it as the remedy', async (t) => {
  const { simulator, read } = desk(1);
  const body = JSON.stringify({ status: 400, code: 'bad.request', message: 'Invalid dimension segmentEnd' });
  simulator.faults.add({ on: isEnded, answer: { status: 400, body } });
  const failure = await failureOf(read());
  t.is(failure.code, 'genesys.rejected');
  t.true(failure.remedy.includes('streams.conversations.query to interval'));
  t.true(failure.message.includes('Invalid dimension segmentEnd'));
  const plain = desk(1, { query: 'interval' });
  plain.simulator.faults.add({ on: isQuery, answer: { status: 400, body } });
  t.false((await failureOf(plain.read())).remedy.includes('interval'));
});

/** Faults of every kind there is, some of which go away. */
const fault: fc.Arbitrary<Fault> = fc
  .record({
    kind: fc.constantFrom<(more: Fault) => Fault>(
      (more) => junk(BUSY, more),
      (more) => junk({ totalHits: 250 }, more),
      (more) => junk({ conversations: [], totalHits: 250 }, more),
      (more) => listLeftOut(more),
      (more) => ({ ...more, answer: { status: 504, body: '' } }),
      (more) => ({ ...more, answer: { status: 503, body: '<html>' } }),
      (more) => ({ ...more, answer: { status: 200, body: '{"conversations":[' } }),
      (more) => ({ ...samePage(), ...more }),
    ),
    page: fc.integer({ min: 1, max: 4 }),
    times: fc.constantFrom(1, 2, 3, 4, 6, FOREVER),
  })
  .map(({ kind, page, times }) => {
    // From the second page on an answer that says nothing is judged by the total of the first.
    const made = page > 1 && times === 4 ? junk({}) : kind({});
    return { ...made, on: (request: Request) => isEnded(request) && pageOf(request) >= page, times };
  });

test('whatever answers come in place of Genesys’s own, a window is read, or fails, or a page of each query at most is missing', async (t) => {
  let failed = 0;
  let complete = 0;
  let undivided = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 3 }), async (faults) => {
      // A window that is too heavy is read by several queries.
      const queries = new Set<string>();
      const observe = (request: Request) => {
        if (isEnded(request)) queries.add((request.body ?? '').replace(/"paging":\{[^}]*\}/, ''));
      };
      const { simulator, ids, read } = desk(250, { simulator: { observe } });
      simulator.faults.add(...faults);
      let requests = 0;
      const outcome = await read().then(
        ({ met, requests: made }) => {
          requests = made;
          return met;
        },
        (error: unknown) => error,
      );
      if (outcome instanceof Set) {
        complete++;
        if (queries.size === 1) undivided++;
        assert.ok(outcome.size >= ids.length - 100 * queries.size, `${outcome.size} of ${ids.length}`);
        assert.ok(requests < 400, `${requests} requests`);
      } else {
        failed++;
        assert.ok(outcome instanceof Failure, String(outcome));
      }
    }),
    { numRuns: 150, includeErrorInReport: true },
  );
  const census = `${failed} failed, ${complete} were read, ${undivided} of them by one query`;
  t.true(failed > 20 && complete > 20 && undivided > 10, `the generator is too tame: ${census}`);
});
