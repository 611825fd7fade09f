import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { createGenesysClient } from '../../src/genesys/client.ts';
import { type HttpAnswer, type Transport, TransportError } from '../../src/genesys/transport.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { testContext } from '../support/request-context.ts';
import { answer, granted } from './support/scripted-genesys.ts';

/** The way of one request over the network, milliseconds. */
interface Way {
  /** Until it reaches Genesys. */
  readonly there: number;
  /** Until its answer begins to arrive here. */
  readonly back: number;
  /** Of the body. */
  readonly body: number;
  readonly answer: HttpAnswer | 'lost';
}

const TIMEOUT = 30_000;
const OK = answer(200);

/** Genesys behind a network on which each request goes its own way; notes when requests reach it. */
function genesysBehind(clock: ManualClock, wayOf: (number: number) => Way) {
  const arrivals: number[] = [];
  let sent = 0;
  const transport: Transport = {
    async send(request, signal, onAnswer) {
      if (request.url.endsWith('/oauth/token')) return granted('token');
      const way = wayOf(sent++);
      const givenUp = clock.monotonic() + TIMEOUT;
      /** Sleeps, but no longer than the request may take. */
      const pass = async (ms: number) => {
        const left = givenUp - clock.monotonic();
        await clock.sleep(Math.min(ms, left), signal);
        if (ms >= left) throw new TransportError('deadline', 'no complete answer');
      };
      await pass(way.there);
      arrivals.push(clock.monotonic());
      await pass(way.answer === 'lost' ? TIMEOUT : way.back);
      onAnswer?.();
      await pass(way.body);
      return way.answer as HttpAnswer;
    },
  };
  return { transport, arrivals };
}

function clientOf(transport: Transport, clock: ManualClock, requestsPerMinute: number) {
  return createGenesysClient({
    loginUrl: 'https://login.example',
    apiUrl: 'https://api.example',
    clientId: 'client',
    clientSecret: 'secret',
    requestsPerMinute,
    clock,
    log: recordedLog(),
    transport,
  });
}

/** The most that any 60 seconds hold. */
function busiestMinute(arrivals: readonly number[]): number {
  const sorted = arrivals.toSorted((a, b) => a - b);
  return Math.max(0, ...sorted.map((from, index) => sorted.filter((at, n) => n >= index && at < from + 60_000).length));
}

test('requests of the first minute that arrive late and those of the second that arrive on time are never too many', async (t) => {
  const clock = new ManualClock(0, { autoAdvance: false });
  const slow = { there: 8_000, back: 100, body: 0, answer: OK };
  const { transport, arrivals } = genesysBehind(clock, (number) => (number < 240 ? slow : { ...slow, there: 20 }));
  const client = clientOf(transport, clock, 240);
  const all = Promise.all(
    Array.from({ length: 600 }, () => client.request({ method: 'GET', path: '/api/v2/things' }, testContext())),
  );
  await clock.advance(300_000);
  await all;
  t.is(arrivals.length, 600);
  t.is(busiestMinute(arrivals), 240);
});

test('over any network, with any answers, no 60 seconds at Genesys hold more requests than the limit', async (t) => {
  const way = fc.record({
    there: fc.oneof(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 40_000 })),
    back: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 40_000 })),
    body: fc.integer({ min: 0, max: 10_000 }),
    answer: fc.oneof(
      { weight: 6, arbitrary: fc.constant(OK) },
      fc.constantFrom(
        'lost' as const,
        answer(503),
        answer(503, {}, { 'retry-after': '3' }),
        answer(429, {}, { 'retry-after': '7' }),
        answer(401),
        answer(404),
      ),
    ),
  });
  const asker = fc.record({
    after: fc.integer({ min: 0, max: 90_000 }),
    /** Gives up after so long, whatever has come of it. */
    retryPolicy: fc.option(fc.integer({ min: 0, max: 60_000 }), { freq: 4 }),
    purpose: fc.constantFrom('events' as const, 'events' as const, 'names' as const),
  });
  const seen = { full: 0, refused: 0, unanswered: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 8 }),
      fc.array(way, { minLength: 20, maxLength: 20 }),
      fc.array(asker, { minLength: 10, maxLength: 40, size: 'max' }),
      async (limit, ways, askers) => {
        const clock = new ManualClock(0, { autoAdvance: false });
        const { transport, arrivals } = genesysBehind(clock, (number) => ways[number % ways.length] as Way);
        const client = clientOf(transport, clock, limit);
        let asked = 0;
        for (const { after, retryPolicy, purpose } of askers) {
          void clock.sleep(after).then(async () => {
            const quitter = new AbortController();
            if (retryPolicy !== null) void clock.sleep(retryPolicy).then(() => quitter.abort(new Error('given up')));
            const request = { method: 'GET', path: '/api/v2/things', purpose } as const;
            await client.request(request, testContext(quitter.signal)).catch(() => seen.refused++);
            asked++;
          });
        }
        await clock.advance(24 * 3_600_000);
        assert.equal(asked, askers.length, 'a request waits for ever');
        const busiest = busiestMinute(arrivals);
        if (busiest === limit) seen.full++;
        if (ways.some(({ answer }) => answer === 'lost')) seen.unanswered++;
        assert(busiest <= limit, `${busiest} requests within 60 seconds at a limit of ${limit}`);
      },
    ),
    { numRuns: 60 },
  );
  t.true(seen.full >= 15 && seen.refused >= 15 && seen.unanswered >= 15, JSON.stringify(seen));
});
