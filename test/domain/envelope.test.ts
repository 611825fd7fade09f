import test from 'ava';
import { type EnvelopeContext, toEntry } from '../../src/domain/envelope.ts';
import type { DerivedEvent } from '../../src/domain/event.ts';

const EVENT: DerivedEvent = {
  id: '28211265e03eae9fda67cd5c45781ebd30bc86df955844da0a4658b503920982',
  eventType: 'dispositionSet',
  timestamp: Date.parse('2026-11-20T10:05:31.007Z'),
  data: {
    eventType: 'dispositionSet',
    timestamp: '2026-11-20T10:05:31.007Z',
    conversationId: '7a5c1f2e-0b6d-4c3a-9e8f-112233445566',
    disposition: 'wrap-up-code',
  },
};

const CONTEXT: EnvelopeContext = {
  source: 'com.genesys.cloud.outbound',
  poller: 'default',
  stream: 'conversations',
  observedAt: Date.parse('2026-11-20T10:06:00Z'),
  publishedAt: Date.parse('2026-11-20T10:06:00.250Z'),
};

test('the detail is metadata about the copy, data about the fact, and nothing else', (t) => {
  t.deepEqual(JSON.parse(toEntry(EVENT, CONTEXT).detail), {
    metadata: {
      id: '28211265e03eae9fda67cd5c45781ebd30bc86df955844da0a4658b503920982',
      idempotencyKey: '28211265e03eae9fda67cd5c45781ebd30bc86df955844da0a4658b503920982',
      eventType: 'dispositionSet',
      schemaVersion: '1',
      poller: 'default',
      stream: 'conversations',
      observedAt: '2026-11-20T10:06:00.000Z',
      publishedAt: '2026-11-20T10:06:00.250Z',
    },
    data: {
      eventType: 'dispositionSet',
      timestamp: '2026-11-20T10:05:31.007Z',
      conversationId: '7a5c1f2e-0b6d-4c3a-9e8f-112233445566',
      disposition: 'wrap-up-code',
    },
  });
});

test('names that could be resolved stand beside the fact, never in it', (t) => {
  const plain = JSON.parse(toEntry(EVENT, CONTEXT).detail);
  const named = JSON.parse(
    toEntry(EVENT, { ...CONTEXT, names: { disposition: 'Rückruf', outboundCampaign: 'Winter' } }).detail,
  );
  t.deepEqual(named, { ...plain, names: { disposition: 'Rückruf', outboundCampaign: 'Winter' } });
});

test('the entry carries its event and the configured source', (t) => {
  const entry = toEntry(EVENT, CONTEXT);
  t.is(entry.event, EVENT);
  t.is(entry.source, 'com.genesys.cloud.outbound');
});

test('another copy, seen by another stream at another time, has byte-identical data', (t) => {
  const other: EnvelopeContext = {
    source: 'com.example',
    poller: 'emea',
    stream: 'reconciliation',
    observedAt: Date.parse('2026-11-22T03:15:00Z'),
    publishedAt: Date.parse('2026-11-22T03:15:01Z'),
    names: { disposition: 'renamed' },
  };
  const dataOf = (detail: string) => JSON.stringify(JSON.parse(detail).data);
  t.is(dataOf(toEntry(EVENT, other).detail), dataOf(toEntry(EVENT, CONTEXT).detail));
  t.is(dataOf(toEntry(EVENT, CONTEXT).detail), JSON.stringify(EVENT.data));
});

test('the same event in the same context is the same bytes', (t) => {
  t.is(toEntry(EVENT, CONTEXT).detail, toEntry(structuredClone(EVENT), { ...CONTEXT }).detail);
});
