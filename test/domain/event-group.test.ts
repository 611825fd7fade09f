import test from 'ava';
import fc from 'fast-check';
import type { EventData } from '../../src/domain/event.ts';
import { eventGroup } from '../../src/domain/event-group.ts';

const data = (members: object): EventData => ({
  eventType: 'outboundEventLogged',
  timestamp: '2026-11-20T10:00:00.000Z',
  ...members,
});

test('events of one conversation are one group, named by its ID', (t) => {
  t.is(eventGroup(data({ conversationId: 'c1', participantId: 'p1' })), 'c1');
  t.is(eventGroup(data({ conversationId: 'c1', relatedEntity: { id: 'campaign-1' } })), 'c1');
});

test('an entry of the dialer’s log belongs to what it speaks of, else to the rest of the log', (t) => {
  t.is(eventGroup(data({ id: 'e1', relatedEntity: { id: 'campaign-1', name: 'Spring' } })), 'campaign-1');
  for (const members of [{}, { relatedEntity: {} }, { relatedEntity: { id: '' } }, { relatedEntity: 'campaign-1' }]) {
    t.is(eventGroup(data({ id: 'e1', ...members })), 'event-log');
  }
});

test('128 bytes are a group as they are; more are replaced by their SHA-256', (t) => {
  t.is(eventGroup(data({ conversationId: 'c'.repeat(128) })), 'c'.repeat(128));
  // printf 'c%.0s' $(seq 129) | sha256sum
  t.is(
    eventGroup(data({ conversationId: 'c'.repeat(129) })),
    'a2efa32a90eaeb9b4f43be65f9cfbd0c191512532ffcbf5586f39ab3ad7294ac',
  );
  t.regex(eventGroup(data({ conversationId: '€'.repeat(43) })), /^[0-9a-f]{64}$/);
});

test('whatever the ID, the group has 1 to 128 bytes and depends on nothing else', (t) => {
  const property = fc.property(fc.string(), fc.object(), (conversationId, others) => {
    const group = eventGroup(data({ ...others, relatedEntity: {}, conversationId }));
    const bytes = Buffer.byteLength(group);
    return bytes >= 1 && bytes <= 128 && group === eventGroup(data({ relatedEntity: {}, conversationId }));
  });
  t.notThrows(() => fc.assert(property));
});
