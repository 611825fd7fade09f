import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { Failure } from '../../src/domain/failure.ts';
import type { GenesysClient } from '../../src/genesys/client.ts';
import { ConversationQuery } from '../../src/genesys/conversation-query.ts';
import { unavailable } from '../../src/genesys/failures.ts';
import type { Request } from '../../src/sandbox/genesys/http.ts';
import { testContext } from '../support/request-context.ts';
import { isQuery } from './support/answer-faults.ts';
import { type Asked, type Listed, listed, tooLarge } from './support/listed.ts';
import { desk, WINDOW } from './support/simulated.ts';

const HOUR = 3_600_000;
const FOREVER = Number.POSITIVE_INFINITY;

const upTo = (count: number) => Array.from({ length: count }, (_, position) => position);

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const failure = await promise.catch((error: unknown) => error);
  if (!(failure instanceof Failure)) throw failure instanceof Error ? failure : new Error('it has not failed');
  return failure.code;
}

for (const [what, list] of [
  ['always', { clamp: 50, giants: [130] }],
  ['once', { hidden: [30], giants: [150] }],
] as const) {
  test(`where fewer conversations come than were asked for, ${what}, a record that is too large is passed after an hour all the same`, async (t) => {
    const { clock, log, asked, read } = listed({ count: 250, ...list });
    t.is(await codeOf(read()), 'genesys.tooLarge');
    t.true(asked.length < 40, `${asked.length} requests until it failed`);
    await clock.sleep(HOUR);
    const met = await read();
    const unread: readonly number[] = [...list.giants, ...('hidden' in list ? list.hidden : [])];
    t.deepEqual(
      upTo(250).filter((position) => !met.has(position)),
      unread.toSorted((a, b) => a - b),
    );
    t.deepEqual(
      log.lines.map(({ event, code }) => [event, code]),
      [['gap.detected', 'genesys.tooLarge']],
    );
    t.true(asked.length < 100, `${asked.length} requests altogether`);
  });
}

test('where every answer is too large, the window is passed after an hour with a few requests', async (t) => {
  const { clock, log, asked, read } = listed({ count: 250, trouble: () => assert.fail(tooLarge()) });
  t.is(await codeOf(read()), 'genesys.tooLarge');
  await clock.sleep(HOUR);
  asked.length = 0;
  t.is((await read()).size, 0);
  t.true(asked.length < 20, `${asked.length} requests`);
  t.true(log.lines.length < 10, `${log.lines.length} lines`);
});

test('records that are too large are passed one by one while others come between them', async (t) => {
  const giants = upTo(250).filter((position) => position % 3 === 1);
  const { clock, read } = listed({ count: 250, giants, mostRequests: 2_000 });
  await codeOf(read());
  await clock.sleep(HOUR);
  t.is((await read()).size, 250 - giants.length);
});

const positions = fc.uniqueArray(fc.nat(299), { maxLength: 8 });
const list: fc.Arbitrary<Listed> = fc.record({
  count: fc.integer({ min: 1, max: 300 }),
  clamp: fc.constantFrom(100, 99, 60, 50, 30, 25, 7, 5, 3, 1),
  hidden: fc.oneof(fc.constant([]), positions),
  giants: fc.oneof(fc.constant([]), positions),
});

test('whatever is clamped, hidden or too large, a query ends, and what it has not read is named in a gap', async (t) => {
  let passed = 0;
  let most = 0;
  await fc.assert(
    fc.asyncProperty(list, async (shape) => {
      const { clock, log, asked, read } = listed({ ...shape, mostRequests: 6_000 });
      const first = await read().catch((failure: unknown) => failure);
      if (!(first instanceof Set)) assert.ok(first instanceof Failure, String(first));
      await clock.sleep(HOUR);
      asked.length = 0;
      const met = first instanceof Set ? first : await read();
      most = Math.max(most, asked.length);
      const { count, hidden = [], giants = [] } = shape;
      const unread = upTo(count).filter((position) => !met.has(position) && !hidden.includes(position));
      if (log.lines.some(({ event }) => event === 'gap.detected')) passed++;
      // Totals are approximate: where a page of one shows nothing, as many as on a full page may be missing.
      else assert.ok(hidden.length > 0 ? unread.length <= 100 : unread.length === 0, `${unread}`);
      const last = Math.max(-1, ...met);
      assert.ok(
        unread.every((position) => giants.includes(position) || position > last),
        `${unread} before ${last}`,
      );
    }),
    { numRuns: 400, includeErrorInReport: true },
  );
  t.true(passed > 50, `${passed} lists were passed: the generator is too tame`);
  t.log(`${most} requests at most`);
});

const ofSize100 = (request: Request) => isQuery(request) && (request.body ?? '').includes('"pageSize":100');
const NOT_ANSWERED = { answer: { status: 504, body: '' }, times: FOREVER } as const;

test('a page size that Genesys cannot answer is asked for a few times, and not again after every hundred conversations', async (t) => {
  let ofThisSize = 0;
  const observe = (request: Request) => void (ofSize100(request) && ofThisSize++);
  const { simulator, ids, read } = desk(7_000, { simulator: { observe } });
  simulator.faults.add({ ...NOT_ANSWERED, on: ofSize100 });
  const { met, requests } = await read();
  t.is(met.size, ids.length);
  t.true(requests < 200, `${requests} requests`);
  t.true(ofThisSize < 20, `${ofThisSize} of them for a hundred conversations`);
});

test('what one window has found out of the sizes of pages, the next one knows', async (t) => {
  const { simulator, ids, read } = desk(1_000);
  simulator.faults.add({ ...NOT_ANSWERED, on: ofSize100 });
  await read();
  simulator.faults.clear();
  simulator.faults.add({ ...NOT_ANSWERED, on: ofSize100 });
  const { met, requests } = await read();
  t.is(met.size, ids.length);
  t.is(requests, 1 + 1_000 / 50 + 1, 'all pages of one query, the empty one included, and another query');
});

/** Pages of more than fifty conversations are not answered, whatever was asked for. */
const tooFull = (count: number) => ({
  count,
  trouble: ({ size, number }: Asked) => {
    if (Math.min(size, count - (number - 1) * size) > 50) throw unavailable({ status: 504 }, 'a page');
  },
});

for (const count of [80, 250, 350, 1_000]) {
  test(`a size whose full pages are not answered is learnt though small pages of it are: ${count} conversations`, async (t) => {
    const { asked, read } = listed(tooFull(count));
    for (let window = 0; window < 3; window++) t.is((await read()).size, count);
    asked.length = 0;
    t.is((await read()).size, count);
    t.deepEqual(
      asked.filter(({ size }) => size === 100),
      [],
    );
  });
}

test('where a query is too heavy and not its pages, pages get no smaller than half', async (t) => {
  const { asked, read } = listed({
    count: 250,
    trouble: ({ before, number }) => {
      if (before === 0 && number === 1) throw unavailable({ status: 504 }, 'a page');
    },
  });
  for (let window = 0; window < 12; window++) {
    asked.length = 0;
    t.is((await read()).size, 250);
  }
  t.true(asked.length < 50, `${asked.length} requests`);
});

test('parts that run side by side and are not answered together are one failure, and not an outage', async (t) => {
  const { client, clock, log, ids } = desk(7_000);
  const together = 6;
  let waiting = 0;
  let fail = () => {};
  const failed = new Promise<void>((resolve) => {
    fail = resolve;
  });
  const heavy: GenesysClient = {
    ...client,
    answerTime: () => 3_000,
    async request(request, context) {
      const { paging } = request.body as { paging: { pageSize: number; pageNumber: number } };
      if (paging.pageSize < 100 || paging.pageNumber === 1) return client.request(request, context);
      if (++waiting === together) fail();
      await failed;
      throw unavailable({ status: 504 }, 'a page');
    },
  };
  const source = new ConversationQuery({
    ...{ client: heavy, clock, log, query: 'changes', scope: 'outbound', lookback: 48 * HOUR },
  });
  const met = new Set<unknown>();
  for await (const page of source.read(WINDOW, testContext())) {
    for (const record of page) met.add((record as { conversationId: string }).conversationId);
  }
  t.is(met.size, ids.length);
  t.true(waiting < 3 * 20, `${waiting} pages were not answered`);
});

test('after an outage pages are as large again as before', async (t) => {
  const trouble = ({ before }: Asked) => {
    if (before >= 10 && before < 13) throw unavailable({ status: 504 }, 'a page');
  };
  const { asked, read } = listed({ count: 3_000, trouble });
  t.is((await read()).size, 3_000);
  t.true(asked.length < 50, `${asked.length} requests`);
  t.is(asked.at(-1)?.size, 100);
});
