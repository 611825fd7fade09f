import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { EVENT_TYPES, type EventType } from '../../src/domain/catalogue.ts';
import type { DerivedEvent } from '../../src/domain/event.ts';
import { formatInstant } from '../../src/domain/instant.ts';
import { inScope, selectEvents } from '../../src/domain/selection.ts';
import { Census, holds } from './support/property.ts';
import { leg, talk, who } from './support/records.ts';

const OUTBOUND = talk([], { originatingDirection: 'outbound' });
const INBOUND = talk([], { originatingDirection: 'inbound' });
const CAMPAIGN = talk([who('acd', [leg([])]), who('agent', [leg([]), leg([], { outboundCampaignId: 'campaign' })])], {
  originatingDirection: 'inbound',
});

test('scope outbound takes what originated outbound, and nothing else', (t) => {
  t.true(inScope(OUTBOUND, 'outbound'));
  t.false(inScope(INBOUND, 'outbound'));
  t.false(inScope({ ...OUTBOUND, originatingDirection: 'something-new' }, 'outbound'));
  t.false(inScope(CAMPAIGN, 'outbound'));
});

test('scope outbound trusts the filter of Genesys where the record does not name its direction', (t) => {
  t.true(inScope(talk([]), 'outbound'));
  t.true(inScope({ ...OUTBOUND, originatingDirection: null }, 'outbound'));
});

test('scope campaign takes what has a campaign in any session of any participant', (t) => {
  t.true(inScope(CAMPAIGN, 'campaign'));
  t.false(inScope(OUTBOUND, 'campaign'));
  t.false(inScope(talk([who('agent', [leg([], { outboundCampaignId: '' })])]), 'campaign'));
  t.false(inScope({ conversationId: 'c' }, 'campaign'));
  t.false(inScope({ conversationId: 'c', participants: [null, {}, { sessions: null }] }, 'campaign'));
});

test('scope all takes everything', (t) => {
  for (const conversation of [OUTBOUND, INBOUND, CAMPAIGN, {}]) t.true(inScope(conversation, 'all'));
});

test('a record that is no conversation is in every scope: it has to become a dead letter, not vanish', (t) => {
  for (const record of [null, 'text', 7, []]) {
    for (const scope of ['outbound', 'campaign', 'all'] as const) t.true(inScope(record, scope));
  }
});

test('arbitrary JSON is in scope or it is not, but never an error', (t) => {
  const property = fc.property(fc.jsonValue(), fc.constantFrom('outbound', 'campaign', 'all'), (record, scope) => {
    assert.equal(typeof inScope(record, scope), 'boolean');
    assert.equal(typeof inScope({ originatingDirection: record, participants: record }, scope), 'boolean');
    assert.equal(typeof inScope({ participants: [{ sessions: record }, record] }, scope), 'boolean');
  });
  holds(t, property);
});

function event(eventType: EventType, time: string): DerivedEvent {
  const timestamp = Date.parse(time);
  return { id: `${eventType}@${time}`, eventType, timestamp, data: { eventType, timestamp: formatInstant(timestamp) } };
}

const OLDEST = Date.parse('2026-11-14T10:00:00Z');

test('what happened at the very limit is published, a millisecond earlier is too old', (t) => {
  const young = event('agentAlerted', '2026-11-14T10:00:00.000Z');
  const old = event('agentAlerted', '2026-11-14T09:59:59.999Z');
  t.deepEqual(selectEvents([old, young], new Set(EVENT_TYPES), OLDEST), { eligible: [young], tooOld: [old] });
});

test('an event type that is not included is neither published nor too old', (t) => {
  const wanted = event('dispositionSet', '2026-11-20T09:00:00Z');
  const unwanted = event('agentAlerted', '2026-11-20T09:00:00Z');
  const unwantedAndOld = event('agentAlerted', '2026-11-01T00:00:00Z');
  const include = new Set<EventType>(['dispositionSet']);
  t.deepEqual(selectEvents([unwanted, wanted, unwantedAndOld], include, OLDEST), { eligible: [wanted], tooOld: [] });
});

test('all event types are the twelve of a conversation and the one of the event log', (t) => {
  t.deepEqual([...EVENT_TYPES].sort(), [
    'agentAlerted',
    'agentCallConnected',
    'agentCallDisconnected',
    'callAnalyzed',
    'contactConnected',
    'contactDialed',
    'contactDisconnected',
    'conversationEnded',
    'conversationStarted',
    'dispositionSet',
    'outboundEventLogged',
    'queueEntered',
    'queueExited',
  ]);
});

test('every wanted event is either eligible, in its place, or too old', (t) => {
  const census = new Census();
  const type = fc.constantFrom(...EVENT_TYPES);
  const minute = fc.integer({ min: -30, max: 30 });
  const some = fc.array(fc.tuple(type, minute), { maxLength: 30, size: 'max' });
  const property = fc.property(some, fc.uniqueArray(type), (drawn, include) => {
    const events = drawn.map(([eventType, minute]) =>
      event(eventType, new Date(OLDEST + minute * 60_000).toISOString()),
    );
    const { eligible, tooOld } = selectEvents(events, new Set(include), OLDEST);
    assert.deepEqual(
      eligible,
      events.filter((one) => include.includes(one.eventType) && one.timestamp >= OLDEST),
    );
    assert.deepEqual(
      tooOld,
      events.filter((one) => include.includes(one.eventType) && one.timestamp < OLDEST),
    );
    census.saw('too old', tooOld.length);
    census.saw('eligible', eligible.length);
  });
  holds(t, property);
  census.atLeast(t, { 'too old': 100, eligible: 100 });
});

test('a conversation whose lists, or what they hold, cannot be read is in the scope of campaigns: it is to become a dead letter, not to vanish', (t) => {
  t.true(inScope({ conversationId: 'c', participants: 'none' }, 'campaign'));
  t.true(inScope({ conversationId: 'c', participants: [{ sessions: { 0: {} } }] }, 'campaign'));
  t.true(inScope({ conversationId: 'c', participants: [7] }, 'campaign'));
  t.true(inScope({ conversationId: 'c', participants: [{ sessions: ['s'] }] }, 'campaign'));
  t.true(inScope({ conversationId: 'c', participants: [{ sessions: [{ outboundCampaignId: 7 }] }] }, 'campaign'));
  t.false(inScope({ conversationId: 'c', participants: null }, 'campaign'));
  t.false(inScope({ conversationId: 'c', participants: [null, { sessions: [null] }] }, 'campaign'));
  t.false(inScope({ conversationId: 'c', participants: [{ sessions: [{ segments: 'none' }] }] }, 'campaign'));
});
