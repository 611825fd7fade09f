import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { judgeHeartbeat } from '../../src/observability/health.ts';
import type { HeartbeatDocument, StreamHeartbeat } from '../../src/observability/heartbeat.ts';

const at = (time: string) => Date.parse(`2026-11-20T${time}Z`);

const COMPLETED: StreamHeartbeat = {
  outcome: 'completed',
  at: '2026-11-20T10:00:00.000Z',
  freshUntil: '2026-11-20T10:20:00.000Z',
  consecutiveFailures: 0,
  watermark: '2026-11-20T09:58:58.500Z',
  lagSeconds: 61.5,
};

function judge(document: Partial<HeartbeatDocument>, time = '10:00:12.000') {
  const whole = { poller: 'default', pid: 1, writtenAt: '2026-11-20T10:00:00.000Z', streams: {}, ...document };
  return judgeHeartbeat(JSON.stringify(whole), at(time));
}

test('a poller whose cycles end in time is fresh, and the line tells its lag', (t) => {
  t.deepEqual(judge({ streams: { conversations: COMPLETED } }), {
    status: 'fresh',
    why: 'conversations completed 12 s ago, 61.5 s behind',
  });
});

test('a poller that ended no cycle in its time is stale, and the line tells which stream and since when', (t) => {
  const streams = { conversations: COMPLETED, 'event-log': { ...COMPLETED, freshUntil: '2026-11-20T11:00:00.000Z' } };
  t.is(judge({ streams }, '10:20:00.000').status, 'fresh');
  t.deepEqual(judge({ streams }, '10:20:00.001'), {
    status: 'stale',
    why: 'conversations has ended no cycle since 2026-11-20T10:00:00.000Z, 1200 s ago (1200 s are allowed)',
  });
});

test('an upstream that is down is degraded, not dead', (t) => {
  const failing = { ...COMPLETED, outcome: 'failed', consecutiveFailures: 3, code: 'genesys.unreachable' } as const;
  t.deepEqual(judge({ streams: { conversations: failing, 'event-log': COMPLETED } }), {
    status: 'degraded',
    why: 'conversations failed 3 times in a row (genesys.unreachable), last 12 s ago, 61.5 s behind; event-log completed 12 s ago, 61.5 s behind',
  });
  t.regex(judge({ streams: { conversations: { ...failing, consecutiveFailures: 1 } } }).why, /failed once/);
});

test('a poller that fails and then stops ending cycles is stale all the same', (t) => {
  const failing = { ...COMPLETED, outcome: 'failed', consecutiveFailures: 3, code: 'genesys.unreachable' } as const;
  t.is(judge({ streams: { conversations: failing } }, '10:21:00.000').status, 'stale');
});

test('a standby that looks for its turn is fresh', (t) => {
  const standby: StreamHeartbeat = {
    outcome: 'standby',
    at: COMPLETED.at,
    freshUntil: COMPLETED.freshUntil,
    consecutiveFailures: 0,
  };
  t.deepEqual(judge({ streams: { conversations: standby } }), {
    status: 'fresh',
    why: 'conversations standby 12 s ago',
  });
});

test('a poller that was stopped cleanly is stale, and the line says so', (t) => {
  t.deepEqual(judge({ stoppedAt: '2026-11-20T10:00:05.000Z', streams: { conversations: COMPLETED } }), {
    status: 'stale',
    why: 'the poller was stopped cleanly at 2026-11-20T10:00:05.000Z',
  });
});

test('a file that a reload has left behind is stale, and the line says where the poller writes now', (t) => {
  const stoppedAt = '2026-11-20T10:00:05.000Z';
  t.deepEqual(judge({ stoppedAt, movedTo: '/run/other' }), {
    status: 'stale',
    why: 'the poller has written /run/other instead of this file since 2026-11-20T10:00:05.000Z',
  });
  t.deepEqual(judge({ stoppedAt, movedTo: null }), {
    status: 'stale',
    why: 'the poller has written no heartbeat file since 2026-11-20T10:00:05.000Z: poller.heartbeatFile is not set',
  });
});

test('a heartbeat far ahead of the clock proves nothing: the clock has been set back', (t) => {
  t.is(judge({ streams: { conversations: COMPLETED } }, '09:59:00.000').status, 'fresh');
  t.deepEqual(judge({ streams: { conversations: COMPLETED } }, '09:00:00.000'), {
    status: 'stale',
    why: 'the heartbeat is 3600 s ahead of the clock, which has been set back',
  });
});

test('a poller between two configurations has no stream, and is fresh for five minutes; then it has ended there', (t) => {
  t.deepEqual(judge({}, '10:05:00.000'), {
    status: 'fresh',
    why: 'no stream is polled while the poller changes its configuration or stops',
  });
  t.deepEqual(judge({}, '10:05:00.001'), {
    status: 'stale',
    why: 'no stream has been polled since 2026-11-20T10:00:00.000Z, 300 s ago (300 s are allowed)',
  });
});

test('a file that is no heartbeat is stale, whatever it holds', (t) => {
  const why = 'the heartbeat file is not one of this program';
  const texts = [
    '',
    '{',
    '[]',
    'null',
    '{}',
    '{"writtenAt":"today","streams":{}}',
    '{"writtenAt":"2026-11-20T10:00:00.000Z"}',
    '{"writtenAt":"2026-11-20T10:00:00.000Z","streams":{"conversations":{}}}',
    '{"writtenAt":"2026-11-20T10:00:00.000Z","streams":{"conversations":null}}',
  ];
  for (const text of texts) t.deepEqual(judgeHeartbeat(text, at('10:00:00.000')), { status: 'stale', why }, text);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      assert.equal(judgeHeartbeat(text, at('10:00:00.000')).status, 'stale');
    }),
  );
});
