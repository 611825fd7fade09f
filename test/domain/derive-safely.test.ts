import test from 'ava';
import { deriveSafely } from '../../src/domain/derive-safely.ts';
import { canonical, sha256 } from './support/oracle.ts';

test('what a record yields is passed on', (t) => {
  const derivation = { events: [], malformed: [] };
  t.is(
    deriveSafely(() => derivation, {}),
    derivation,
  );
  t.is(
    deriveSafely(() => undefined, {}),
    undefined,
  );
});

test('whatever deriving throws makes the record a dead letter that says so', (t) => {
  const record = { conversationId: 'c', participants: [] };
  const throwing = () => {
    throw new RangeError('Maximum call stack size exceeded');
  };
  t.deepEqual(deriveSafely(throwing, record), {
    events: [],
    malformed: [
      {
        id: sha256(canonical(record)),
        reason: 'deriving failed: RangeError: Maximum call stack size exceeded',
        record,
      },
    ],
  });
});
