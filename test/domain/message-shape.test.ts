import test from 'ava';
import { messageShape } from '../../src/domain/message-shape.ts';

test('two messages of a kind have one shape, whatever times, counts, ports and IDs they name', (t) => {
  t.is(
    messageShape('Genesys throttles POST /api/v2/x: HTTP 429; correlation ID 1f2e-77ab. Wait 59 s'),
    messageShape('Genesys throttles POST /api/v2/x: HTTP 429; correlation ID 9a0b-12cd. Wait 7 s'),
  );
  t.not(messageShape('no complete answer (ECONNREFUSED)'), messageShape('no complete answer (ETIMEDOUT)'));
});
