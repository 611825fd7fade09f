import test from 'ava';
import { traced } from '../../src/genesys/traced.ts';
import { type HttpAnswer, type Transport, TransportError } from '../../src/genesys/transport.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';

const REQUEST = {
  method: 'GET',
  url: 'https://api.example/api/v2/outbound/events?pageSize=100',
  headers: { Authorization: 'Bearer the-token-of-this-client' },
  body: 'the body',
} as const;
const signal = new AbortController().signal;

function tracing(send: () => HttpAnswer) {
  const log = recordedLog();
  const clock = new ManualClock();
  const transport: Transport = {
    send: async () => {
      clock.pause(120.4);
      return send();
    },
  };
  return { lines: log.lines, transport: traced(transport, log, clock) };
}

test('every request is a debug line with its answer and its duration, and no word of headers and bodies', async (t) => {
  const answer = { status: 429, headers: { 'inin-correlation-id': 'c-1', 'set-cookie': 'x' }, body: 'the answer' };
  const { lines, transport } = tracing(() => answer);
  t.is(await transport.send(REQUEST, signal), answer);
  t.deepEqual(lines, [
    {
      level: 'debug',
      event: 'genesys.request',
      msg: 'GET /api/v2/outbound/events?pageSize=100: HTTP 429',
      request: 'GET /api/v2/outbound/events?pageSize=100',
      httpStatus: 429,
      correlationId: 'c-1',
      durationMs: 120,
    },
  ]);
});

test('a request without an answer is a line too, and its error goes on', async (t) => {
  const error = new TransportError('ECONNRESET', 'no complete answer from api.example (ECONNRESET)');
  const { lines, transport } = tracing(() => {
    throw error;
  });
  t.is(await t.throwsAsync(transport.send(REQUEST, signal)), error);
  t.like(lines, [
    {
      msg: 'GET /api/v2/outbound/events?pageSize=100: no complete answer from api.example (ECONNRESET)',
      error: 'ECONNRESET',
    },
  ]);
});

test('a request that was called off is none', async (t) => {
  const off = new Error('stopped by SIGTERM');
  const { lines, transport } = tracing(() => {
    throw off;
  });
  t.is(await t.throwsAsync(transport.send(REQUEST, signal)), off);
  t.deepEqual(lines, []);
});
