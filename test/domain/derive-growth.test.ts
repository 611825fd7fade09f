import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { deriveConversation } from '../../src/domain/derive.ts';
import type { DerivedEvent } from '../../src/domain/event.ts';
import { life, snapshotsOf } from './support/lives.ts';
import { Census, holds } from './support/property.ts';
import { ANSWERED_CALL, type Conversation, leg, type Segment, seg, talk, who } from './support/records.ts';

test('a record that grows never changes a byte of an event that was already derived, and never takes one back', (t) => {
  const census = new Census();
  const property = fc.property(life, (life) => {
    const known = new Map<string, string>();
    const repeats = new Map<string, number>();
    for (const snapshot of snapshotsOf(life)) {
      const { events, malformed } = deriveConversation(snapshot, 'mask');
      assert.deepEqual(malformed, []);
      const now = new Map(events.map((event) => [event.id, JSON.stringify(event)]));
      for (const [id, before] of known) {
        const after = now.get(id);
        if (after === undefined) {
          const { eventType } = JSON.parse(before) as DerivedEvent;
          assert.equal(eventType, 'dispositionSet', 'only a changed wrap-up code takes its event from the record');
          census.saw('a changed wrap-up code');
        } else {
          assert.equal(after, before);
          repeats.set(id, (repeats.get(id) ?? 1) + 1);
        }
      }
      for (const [id, event] of now) known.set(id, event);
      census.saw(
        'an open segment',
        segmentsOf(snapshot).some((segment) => segment.segmentEnd === undefined),
      );
      census.saw(
        'a zero-length segment',
        segmentsOf(snapshot).some((one) => one.segmentEnd === one.segmentStart),
      );
      census.saw('one fact in two segments', factsGivenTwice(snapshot));
    }
    for (const event of known.values()) census.saw((JSON.parse(event) as DerivedEvent).eventType);
    for (const times of repeats.values()) census.saw('an event derived again', times);
  });
  holds(t, property, { numRuns: 600 });
  census.atLeast(t, {
    'a changed wrap-up code': 100,
    'an open segment': 1_000,
    'a zero-length segment': 500,
    'one fact in two segments': 100,
    'an event derived again': 10_000,
    conversationStarted: 250,
    contactDialed: 100,
    callAnalyzed: 100,
    contactConnected: 100,
    queueEntered: 100,
    queueExited: 100,
    agentAlerted: 100,
    agentCallConnected: 100,
    agentCallDisconnected: 50,
    contactDisconnected: 50,
    dispositionSet: 100,
    conversationEnded: 50,
  });
});

function segmentsOf(record: Conversation) {
  return (record.participants ?? []).flatMap((p) => (p.sessions ?? []).flatMap((s) => s.segments ?? []));
}

/** Sessions of which two segments end in the same millisecond with a disconnect type. */
function factsGivenTwice(record: Conversation): boolean {
  return (record.participants ?? []).some((p) =>
    (p.sessions ?? []).some((s) => {
      const ends = (s.segments ?? []).filter((one) => one.disconnectType).map((one) => one.segmentEnd);
      return new Set(ends).size < ends.length;
    }),
  );
}

/** Everything published of a session of these segments. */
function published(segments: Segment[], purpose: string): string[] {
  return deriveConversation(talk([who(purpose, [leg(segments)])]), 'mask').events.map((event) => JSON.stringify(event));
}

test('a queue segment of no length that follows in the same millisecond changes nothing of what was published before', (t) => {
  const exit = seg('interact', '10:00:00', '10:00:30', { queueId: 'queue-a', disconnectType: 'transfer' });
  const after = seg('interact', '10:00:30', '10:00:30', { queueId: 'queue-a', disconnectType: 'client' });
  t.is(published([exit], 'acd').length, 2);
  t.deepEqual(published([exit, after], 'acd'), published([exit], 'acd'));
});

test('an interaction of no length stays the one that connected, though another follows in the same millisecond', (t) => {
  const first = seg('interact', '10:00:00', '10:00:00', { queueId: 'queue-b' });
  const open = seg('interact', '10:00:00', undefined, { queueId: 'queue-a' });
  const ended = seg('interact', '10:00:00', '10:05:00', { queueId: 'queue-a' });
  t.is(published([first], 'agent').length, 1);
  for (const next of [open, ended]) {
    t.deepEqual(published([first, next], 'agent'), published([first], 'agent'));
    t.deepEqual(published([next, first], 'agent'), published([first], 'agent'));
  }
});

test('a call that is polled every ten seconds tells in the end what one look at the whole record tells', (t) => {
  const polls = Array.from({ length: 110 }, (_, n) =>
    new Date(Date.parse('2026-11-20T23:49:00Z') + n * 10_000).toISOString(),
  );
  const seen = new Map<string, string>();
  for (const poll of polls) {
    for (const event of deriveConversation(asOf(ANSWERED_CALL, poll), 'mask').events) {
      const before = seen.get(event.id);
      if (before !== undefined) t.is(JSON.stringify(event.data), before);
      seen.set(event.id, JSON.stringify(event.data));
    }
  }
  const whole = deriveConversation(ANSWERED_CALL, 'mask').events.map(
    (event) => [event.id, JSON.stringify(event.data)] as const,
  );
  t.is(whole.length, 13);
  t.deepEqual(new Map([...seen].sort()), new Map([...whole].sort()));
});

/** The record as it was at that time: later segments are missing, later ends are open. */
function asOf(record: Conversation, now: string): Conversation {
  const { conversationEnd, divisionIds, participants = [], ...begun } = record;
  const past = (time: string | undefined) => time !== undefined && time <= now;
  return {
    ...begun,
    ...(conversationEnd &&
      past(conversationEnd.replace('Z', '.000Z')) && { conversationEnd, ...(divisionIds && { divisionIds }) }),
    participants: participants.map((p) => ({
      ...p,
      sessions: (p.sessions ?? []).map((s) => ({
        ...s,
        segments: (s.segments ?? [])
          .filter((segment) => past(segment.segmentStart))
          .map(({ segmentEnd, disconnectType, wrapUpCode, ...open }) =>
            past(segmentEnd)
              ? {
                  ...open,
                  ...(segmentEnd && { segmentEnd }),
                  ...(disconnectType && { disconnectType }),
                  ...(wrapUpCode && { wrapUpCode }),
                }
              : open,
          ),
      })),
    })),
  };
}
