import test from 'ava';
import { deriveConversation } from '../../src/domain/derive.ts';
import type { DerivedEvent } from '../../src/domain/event.ts';
import { archived } from '../../src/sandbox/genesys/jobs.ts';
import type { ConversationRecord } from '../../src/sandbox/genesys/record.ts';
import { createWorld } from '../../src/sandbox/genesys/world.ts';

const START = Date.parse('2026-11-20T10:00:00.000Z');
const MINUTE = 60_000;

/** A world of real pace, so that what is completed later is completed minutes later. */
function livingWorld() {
  let now = START;
  const world = createWorld({
    seed: 11,
    now: () => now,
    historyMs: 60 * MINUTE,
    historyPerMinute: 4,
    callsPerMinute: 0,
  });
  world.stopNewCalls(START);
  now = world.finalAt();
  return { world, now };
}

const { world, now } = livingWorld();
/** What the query shows, minute by minute, and what the archive has in the end. */
const looks: readonly (readonly ConversationRecord[])[] = [
  ...Array.from({ length: 90 }, (_, minute) => world.recordsAt(START + (minute - 60) * MINUTE)),
  world.recordsAt(now).map(archived),
];

test('the world has records that are completed later, and legs that the archive calls otherwise', (t) => {
  const ended = looks.at(-1) ?? [];
  const contactsWithQueue = (records: readonly ConversationRecord[]) =>
    records.flatMap(({ participants }) =>
      (participants ?? []).filter(
        (one) => one?.purpose === 'customer' && JSON.stringify(one.sessions ?? []).includes('queueId'),
      ),
    ).length;
  t.true(contactsWithQueue(ended) >= 10);
  const purposes = (records: readonly ConversationRecord[]) =>
    new Set(records.flatMap(({ participants }) => (participants ?? []).map((one) => one?.purpose)));
  t.true(purposes(world.recordsAt(now)).has('external'));
  t.false(purposes(ended).has('external'));
});

test('whenever and wherever a record is read, an event with the same ID has the same data', (t) => {
  const first = new Map<string, DerivedEvent['data']>();
  let copies = 0;
  for (const event of looks.flat().flatMap((record) => deriveConversation(record, 'mask').events)) {
    const data = first.get(event.id);
    if (data) {
      t.deepEqual(event.data, data);
      copies++;
    } else first.set(event.id, event.data);
  }
  t.true(copies > 5_000, `${copies}`);
});
