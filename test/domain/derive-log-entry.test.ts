import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { deriveLogEntry as deriveUnder } from '../../src/domain/log-entry.ts';
import { canonical, idOf, sha256 } from './support/oracle.ts';
import { Census, holds } from './support/property.ts';
import type { LogEntry } from './support/records.ts';

const deriveLogEntry = (entry: unknown) => deriveUnder(entry, 'mask');

const ENTRY: LogEntry = {
  id: '4711',
  name: 'not published',
  timestamp: '2026-11-20T03:00:00.5Z',
  level: 'WARNING',
  category: 'CAMPAIGN',
  correlationId: 'correlation',
  relatedEntity: { id: 'campaign', name: 'Winter', selfUri: '/api/v2/outbound/campaigns/campaign' },
  errorEntity: { id: 'list', name: 'Contacts', selfUri: '/api/v2/outbound/contactlists/list' },
  selfUri: '/api/v2/outbound/events/4711',
  eventMessage: {
    code: 'CAMPAIGN_STOPPED',
    message: 'Campaign stopped',
    messageWithParams: 'Campaign {name} stopped',
    messageParams: { name: {} },
    documentationUri: 'https://example.com',
    resourceURIs: ['/api'],
  },
};

test('an entry of the event log becomes one event with exactly the members of the contract', (t) => {
  const { events, malformed } = deriveLogEntry(ENTRY);
  t.deepEqual(malformed, []);
  t.is(events.length, 1);
  t.deepEqual({ ...events[0]?.data }, {
    eventType: 'outboundEventLogged',
    id: '4711',
    timestamp: '2026-11-20T03:00:00.500Z',
    level: 'WARNING',
    category: 'CAMPAIGN',
    code: 'CAMPAIGN_STOPPED',
    message: 'Campaign stopped',
    correlationId: 'correlation',
    relatedEntity: { id: 'campaign', name: 'Winter', selfUri: '/api/v2/outbound/campaigns/campaign' },
    errorEntity: { id: 'list', name: 'Contacts', selfUri: '/api/v2/outbound/contactlists/list' },
  } as never);
  t.is(events[0]?.eventType, 'outboundEventLogged');
  t.is(events[0]?.timestamp, Date.UTC(2026, 10, 20, 3, 0, 0, 500));
  // printf '%s' '4711:outboundEventLogged:2026-11-20T03:00:00.500Z:::CAMPAIGN_STOPPED' | sha256sum
  t.is(events[0]?.id, '92904406802cc63f1cbb3f4bf9b03a323b50b8a99123dddd9e2b67654fdb3e13');
});

test('an entity reads the same in whichever order its members are served', (t) => {
  for (const relatedEntity of [
    { selfUri: '/campaign', name: 'Winter', id: 'campaign' },
    { name: 'Winter', id: 'campaign', selfUri: '/campaign' },
  ]) {
    const { events } = deriveLogEntry({ ...ENTRY, relatedEntity });
    const expected = '{"id":"campaign","name":"Winter","selfUri":"/campaign"}';
    t.is(JSON.stringify(events[0]?.data.relatedEntity), expected);
  }
});

test('an entry with nothing but an ID and a timestamp is an event with nothing but these', (t) => {
  const { events } = deriveLogEntry({ id: '4712', timestamp: '2026-11-20T03:00:00.500Z' });
  t.deepEqual(
    { ...events[0]?.data },
    { eventType: 'outboundEventLogged', id: '4712', timestamp: '2026-11-20T03:00:00.500Z' },
  );
  // printf '%s' '4712:outboundEventLogged:2026-11-20T03:00:00.500Z:::' | sha256sum
  t.is(events[0]?.id, '807c1d0d24d404baaa585ed4e1fef4c9d70aec92c1da5b87b573c51e22f6f298');
});

test('nulls and empty texts are left out', (t) => {
  for (const nothing of [null, '']) {
    const entry = {
      id: '4712',
      timestamp: '2026-11-20T03:00:00.500Z',
      level: nothing,
      category: nothing,
      correlationId: nothing,
      relatedEntity: { id: 'campaign', name: nothing },
      errorEntity: nothing,
      eventMessage: { code: nothing, message: nothing },
    };
    t.deepEqual({ ...deriveLogEntry(entry).events[0]?.data }, {
      eventType: 'outboundEventLogged',
      id: '4712',
      timestamp: '2026-11-20T03:00:00.500Z',
      relatedEntity: { id: 'campaign' },
    } as never);
  }
});

const WRONG: readonly [what: string, value: unknown][] = [
  ['a number', 7],
  ['a list', ['x']],
  ['true', true],
  ['half a character', '\udc00'],
];

for (const [what, value] of WRONG) {
  for (const member of ['level', 'category', 'correlationId', 'relatedEntity', 'errorEntity']) {
    test(`an entry whose ${member} is ${what} is published without it, and is a dead letter besides`, (t) => {
      const entry = { ...ENTRY, [member]: value };
      const { events, malformed } = deriveLogEntry(entry);
      const { [member]: _, ...rest } = { ...deriveLogEntry(ENTRY).events[0]?.data };
      t.deepEqual({ ...events[0]?.data } as object, rest);
      t.deepEqual(
        malformed.map(({ id, record }) => ({ id, record })),
        [{ id: sha256(canonical(entry)), record: entry }],
      );
      t.true(malformed[0]?.reason.startsWith(`${member} is not `));
    });
  }

  test(`an entry whose code is ${what} cannot be identified`, (t) => {
    const { events, malformed } = deriveLogEntry({ ...ENTRY, eventMessage: { ...ENTRY.eventMessage, code: value } });
    t.deepEqual(events, []);
    t.is(malformed[0]?.reason, 'code is not text');
  });

  test(`an entry whose eventMessage is ${what} cannot be identified`, (t) => {
    const { events, malformed } = deriveLogEntry({ ...ENTRY, eventMessage: value });
    t.deepEqual(events, []);
    t.is(malformed[0]?.reason, 'eventMessage is not an object');
  });
}

test('an entry says all that is wrong with it', (t) => {
  const entry = { timestamp: 'soon', level: 7, eventMessage: { message: 8 } };
  t.is(
    deriveLogEntry(entry).malformed[0]?.reason,
    'no id; level is not text; timestamp is not a timestamp; message is not text',
  );
  t.is(deriveLogEntry({ id: 7 }).malformed[0]?.reason, 'no timestamp; id is not text');
});

test('telephone numbers in the message and in names are guarded, those in references are not', (t) => {
  const entry = {
    ...ENTRY,
    relatedEntity: { id: '12345678', name: 'List 5551112222', selfUri: '/api/v2/12345678' },
    errorEntity: { name: '5551112222', note: 'call 5551112222' },
    eventMessage: { code: 'INVALID_PHONE_NUMBER', message: 'tel:+15551112222 is invalid' },
  };
  const textsOf = (rule: 'omit' | 'mask' | 'include') => {
    const data = deriveUnder(entry, rule).events[0]?.data;
    return { message: data?.message, relatedEntity: data?.relatedEntity, errorEntity: data?.errorEntity };
  };
  t.deepEqual(textsOf('mask'), {
    message: 'tel:+*******2222 is invalid',
    relatedEntity: { id: '12345678', name: 'List ******2222', selfUri: '/api/v2/12345678' },
    errorEntity: { name: '******2222', note: 'call ******2222' },
  });
  t.deepEqual(textsOf('omit'), {
    message: 'tel:+ is invalid',
    relatedEntity: { id: '12345678', name: 'List ', selfUri: '/api/v2/12345678' },
    errorEntity: { note: 'call ' },
  });
  t.deepEqual(textsOf('include'), {
    message: 'tel:+15551112222 is invalid',
    relatedEntity: entry.relatedEntity,
    errorEntity: entry.errorEntity,
  } as never);
  t.is(deriveUnder(entry, 'omit').events[0]?.id, deriveUnder(entry, 'include').events[0]?.id);
});

test('an entity that says nothing is left out', (t) => {
  const entry = {
    id: '4712',
    timestamp: '2026-11-20T03:00:00.500Z',
    relatedEntity: {},
    errorEntity: { id: null, name: '' },
  };
  t.deepEqual(Object.keys(deriveLogEntry(entry).events[0]?.data ?? {}).sort(), ['eventType', 'id', 'timestamp']);
});

test('an unknown level and an unknown code are published as they are', (t) => {
  const { data } =
    deriveLogEntry({ ...ENTRY, level: 'FATAL', eventMessage: { code: 'SOMETHING_NEW' } }).events[0] ?? {};
  t.is(data?.level, 'FATAL');
  t.is(data?.code, 'SOMETHING_NEW');
});

const UNIDENTIFIED: readonly [why: string, entry: unknown][] = [
  ['it has no ID', { timestamp: '2026-11-20T03:00:00.500Z' }],
  ['its ID is empty', { ...ENTRY, id: '' }],
  ['its ID is a number', { ...ENTRY, id: 4711 }],
  ['it has no timestamp', { id: '4711' }],
  ['its timestamp is null', { ...ENTRY, timestamp: null }],
  ['its timestamp cannot be read', { ...ENTRY, timestamp: 'yesterday' }],
  ['its timestamp names no zone', { ...ENTRY, timestamp: '2026-11-20T03:00:00.500' }],
  ['it is a text', 'CAMPAIGN_STOPPED'],
  ['it is a list', [ENTRY]],
  ['it is null', null],
];

for (const [why, entry] of UNIDENTIFIED) {
  test(`an entry is a dead letter with the raw entry, not an event, when ${why}`, (t) => {
    const { events, malformed } = deriveLogEntry(entry);
    t.deepEqual(events, []);
    t.is(malformed.length, 1);
    t.deepEqual(malformed[0]?.record, entry);
    t.is(malformed[0]?.id, sha256(canonical(entry)));
    t.true((malformed[0]?.reason ?? '').length > 0);
  });
}

test('arbitrary JSON is an event or a malformed record or both, and never an error', (t) => {
  const census = new Census();
  const shape = fc.record(
    {
      id: fc.oneof(fc.constantFrom('4711', 'ü'), fc.jsonValue()),
      timestamp: fc.oneof(fc.constantFrom('2026-11-20T03:00:00Z', '2026-11-20T04:00:00.1+01:00'), fc.jsonValue()),
      level: fc.jsonValue(),
      category: fc.jsonValue(),
      correlationId: fc.jsonValue(),
      relatedEntity: fc.oneof(fc.record({ id: fc.jsonValue(), name: fc.jsonValue() }), fc.jsonValue()),
      errorEntity: fc.jsonValue(),
      eventMessage: fc.oneof(
        fc.record({ code: fc.oneof(fc.string(), fc.jsonValue()), message: fc.jsonValue() }),
        fc.jsonValue(),
      ),
    },
    { requiredKeys: [] },
  );
  const property = fc.property(fc.oneof({ weight: 3, arbitrary: shape }, fc.jsonValue()), (entry) => {
    const { events, malformed } = deriveLogEntry(entry);
    assert.ok(events.length + malformed.length >= 1 && events.length <= 1 && malformed.length <= 1);
    census.saw('event', events.length);
    census.saw('malformed record', malformed.length);
    for (const { id, data } of events) {
      assert.equal(id, idOf(String(data.id), 'outboundEventLogged', data.timestamp, '', '', String(data.code ?? '')));
      assert.ok(Object.values(data).every((value) => textsIn(value).every((text) => text !== '')));
    }
    for (const malformedRecord of malformed) assert.equal(malformedRecord.id, sha256(canonical(entry)));
  });
  holds(t, property, { numRuns: 1_000 });
  census.atLeast(t, { event: 50, 'malformed record': 50 });
});

/**
 * Every text in a published value; anything that is neither a text nor an object of texts counts as an empty
 * one.
 */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  const values = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.values(value) : [];
  return values.length > 0 ? values.map((text) => (typeof text === 'string' ? text : '')) : [''];
}
