import test from 'ava';
import { NO_IDS, noState, writtenBus } from '../../src/cli/placeholders.ts';
import { deadLetterOfRecord } from '../../src/domain/dead-letter.ts';
import { toEntry } from '../../src/domain/envelope.ts';
import type { DerivedEvent } from '../../src/domain/event.ts';
import { testContext } from '../support/call.ts';

const NOW = Date.parse('2026-11-20T10:00:00.000Z');
const EVENT: DerivedEvent = {
  id: 'e1',
  eventType: 'conversationStarted',
  timestamp: NOW - 1_000,
  data: { eventType: 'conversationStarted', timestamp: '2026-11-20T09:59:59.000Z', conversationId: 'c-1' },
};
const ENTRY = toEntry(EVENT, {
  source: 'a.source',
  poller: 'p',
  stream: 'conversations',
  observedAt: NOW,
  publishedAt: NOW,
});

test('an event is a line of JSON in the form in which EventBridge delivers it, its detail as it would be sent', async (t) => {
  const written: string[] = [];
  const bus = writtenBus(1_000, (lines) => void written.push(lines));
  t.deepEqual(await bus.put([ENTRY, ENTRY], testContext()), [{ status: 'accepted' }, { status: 'accepted' }]);
  const lines = written.join('').split('\n');
  t.is(lines.length, 3);
  t.is(lines[2], '');
  t.true(lines[0]?.endsWith(`"detail":${ENTRY.detail}}`));
  t.deepEqual(JSON.parse(lines[0] ?? ''), {
    source: 'a.source',
    'detail-type': 'conversationStarted',
    time: '2026-11-20T09:59:59.000Z',
    detail: JSON.parse(ENTRY.detail),
  });
});

test('the tables forget everything, but let somebody know of dead letters', async (t) => {
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
