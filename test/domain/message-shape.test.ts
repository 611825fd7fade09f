import test from 'ava';
import { messageShape } from '../../src/domain/message-shape.ts';

test('two messages of a kind have one shape, whatever times, counts, ports and IDs they name', (t) => {
  t.is(
    messageShape('Genesys throttles POST /api/v2/x: HTTP 429; correlation ID 1f2e-77ab. Wait 59 s'),
    messageShape('Genesys throttles POST /api/v2/x: HTTP 429; correlation ID 9a0b-12cd. Wait 7 s'),
  );
  t.not(messageShape('no complete answer (ECONNREFUSED)'), messageShape('no complete answer (ETIMEDOUT)'));
});

test('every word with a digit in it is one #, whatever stands beside the digit, and every other word stays', (t) => {
  t.is(messageShape('poll of 2026-11-20T10:00:00.000Z by box-7 at 10.0.0.1:8443 failed'), 'poll of # by # at # failed');
  t.is(messageShape('POST /api/v2/x: HTTP 429; ID 1f2e-77ab. Wait 59 s'), 'POST /api/#/x: HTTP #; ID # Wait # s');
});
