import test from 'ava';
import { at, CHECKPOINT, conversation, fixture, span } from '../pipeline/fixture.ts';
import { testContext } from '../support/request-context.ts';

test('a conversation outside the scope yields nothing at all; one inside yields its events', (t) => {
  const { stream } = fixture().cycle;
  t.is(stream.derive({ ...conversation('c1'), originatingDirection: 'inbound' }), undefined);
  t.deepEqual(
    stream.derive(conversation('c1'))?.events.map((event) => event.eventType),
    ['conversationStarted'],
  );
});

test('a record that is no conversation is a malformed record, in every scope', (t) => {
  for (const record of [null, 7, 'text', [], {}]) t.is(fixture().cycle.stream.derive(record)?.malformed.length, 1);
});

test('telephone numbers are published as privacy.phoneNumbers says', (t) => {
  const session = {
    sessionId: 's',
    dnis: 'tel:+15551234567',
    segments: [{ segmentType: 'dialing', segmentStart: '2026-11-20T09:55:00Z' }],
  };
  const record = { ...conversation('c1'), participants: [{ purpose: 'customer', sessions: [session] }] };
  const dialed = fixture()
    .cycle.stream.derive(record)
    ?.events.find((event) => event.eventType === 'contactDialed');
  t.is(dialed?.data.dnis, 'tel:+*******4567');
});

test('the stream reads the windows that it plans', async (t) => {
  const f = fixture();
  const { stream } = f.cycle;
  t.is(stream.name, 'conversations');
  f.source.pagesOf = () => [['a page'], ['another']];
  const plan = await stream.plan(CHECKPOINT, at('10:00'), testContext());
  t.is(plan && span(plan.window), '09:45–09:59');
  const pages: unknown[] = [];
  if (plan) for await (const page of stream.read(plan.window, testContext())) pages.push(page);
  t.deepEqual(pages, [['a page'], ['another']]);
  t.deepEqual(f.wire.sent('source.page').map(span), ['09:45–09:59', '09:45–09:59']);
});
