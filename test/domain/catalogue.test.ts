import test from 'ava';
import { CATALOGUE, EVENT_TYPES, type EventEntry, membersOf } from '../../src/domain/catalogue.ts';
import { METADATA, NAMES } from '../../src/domain/envelope.ts';
import { DATA, type Member } from '../../src/domain/members.ts';

test('every type says in a sentence what happened, and in the words of the models when', (t) => {
  for (const eventType of EVENT_TYPES) {
    const { description, timestamp }: EventEntry = CATALOGUE[eventType];
    t.regex(description, /^[A-Z].*[.…]$/, eventType);
    t.regex(timestamp, /[sS]tart|[eE]nd|timestamp/, eventType);
  }
});

test('every member says in a sentence what it is, and has a form', (t) => {
  const members: readonly (readonly [string, Member])[] = [DATA, METADATA, NAMES].flatMap((part) =>
    Object.entries(part),
  );
  t.is(members.length, 44);
  for (const [name, { description, form }] of members) {
    t.regex(description, /^[A-Z`].*[.…]$/, name);
    t.true(['text', 'time', 'hash', 'texts', 'entity'].includes(form), name);
  }
});

test('a member whose name says that it is a time is one, and only a list or an entity is not text', (t) => {
  const of = (form: Member['form']) => Object.entries(DATA).flatMap(([name, one]) => (one.form === form ? [name] : []));
  t.deepEqual(of('time'), ['timestamp', 'conversationStart', 'segmentStart', 'segmentEnd']);
  t.deepEqual(of('texts'), ['divisionIds']);
  t.deepEqual(of('entity'), ['relatedEntity', 'errorEntity']);
  t.deepEqual(DATA.dispositionSource.values, ['agent', 'system']);
});

test('every member of a type is in every event of it, or where Genesys gives it', (t) => {
  for (const eventType of EVENT_TYPES) {
    const members = [...membersOf(eventType, 'always'), ...membersOf(eventType, 'given')];
    t.deepEqual([...members].sort(), Object.keys(CATALOGUE[eventType].members).sort(), eventType);
  }
  t.deepEqual(membersOf('conversationStarted', 'always'), [
    'eventType',
    'timestamp',
    'conversationId',
    'conversationStart',
  ]);
  t.deepEqual(membersOf('conversationStarted', 'given'), ['originatingDirection']);
});
