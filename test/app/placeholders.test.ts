import test from 'ava';
import { NO_IDS, noState } from '../../src/app/placeholders.ts';
import { deadLetterOfRecord } from '../../src/domain/dead-letter.ts';
import { testContext } from '../support/request-context.ts';

const NOW = Date.parse('2026-11-20T10:00:00.000Z');
test('the tables forget everything, but report dead letters', async (t) => {
  t.deepEqual(await NO_IDS.write([{ id: 'a', expiresAt: 1 }], 0, testContext()), { unprocessed: [] });
  t.deepEqual(await NO_IDS.read(['a'], testContext()), { found: [], unprocessed: [] });

  const deadLetters: string[] = [];
  const state = noState(({ reason }) => void deadLetters.push(reason));
  const checkpoint = { watermark: NOW, origin: NOW, fence: 1, updatedAt: NOW };
  const lease = { holder: 'h', version: 1, fence: 1, durationMs: 1 };
  t.deepEqual(await state.writeCheckpoint('s', checkpoint, testContext()), { outcome: 'written' });
  t.is(await state.readCheckpoint('s', testContext()), undefined);
  t.deepEqual(await state.fenceCheckpoint('s', 1, testContext()), { outcome: 'fenced', checkpoint: undefined });
  t.deepEqual(await state.writeLease('s', undefined, lease, testContext()), { outcome: 'written' });
  t.is(await state.readLease('s', testContext()), undefined);
  t.is(await state.readJob('s', testContext()), undefined);
  await state.putDeadLetter('s', deadLetterOfRecord({ id: 'f', reason: 'no id', record: {} }, NOW), testContext());
  t.deepEqual(deadLetters, ['no id']);
});
