import assert from 'node:assert/strict';
import test from 'ava';
import type { MalformedRecord } from '../../src/domain/event.ts';
import { fails, refuses, trouble } from '../support/wire.ts';
import { at, deliver, eventOf, fixture, slowed } from './fixture.ts';

const MALFORMED: MalformedRecord = {
  id: 'malformed',
  reason: 'no conversationId',
  record: { conversationStart: 'x' },
  time: at('09:55'),
};

test('an entry that the bus will never accept becomes a dead letter and its neighbours go on', async (t) => {
  const f = fixture();
  f.wire.always(
    'bus.put',
    refuses('MalformedDetail', ({ event }) => event.id === 'poison'),
  );
  const { delivery, stats } = f.deliveryOf();
  await deliver(delivery, 'x', 'poison', 'y');
  t.deepEqual(f.bus.acceptedIds, ['x', 'y']);
  t.deepEqual([...f.table.items.keys()], ['x', 'y']);
  const [deadLetter] = [...f.state.deadLetters.values()];
  t.like(deadLetter, {
    id: 'poison',
    kind: 'event',
    reason: 'MalformedDetail: as scripted',
    attempts: 1,
    time: at('09:55'),
    recordedAt: at('10:00'),
    conversationId: 'conversation of poison',
  });
  t.like(JSON.parse(deadLetter?.content ?? ''), {
    source: 'com.example',
    detailType: 'conversationStarted',
    time: '2026-11-20T09:55:00.000Z',
    detail: { metadata: { id: 'poison' }, data: { conversationId: 'conversation of poison' } },
  });
  t.like(stats, { published: 2, deadLettered: 1 });
  t.like(f.logged('event.deadLettered'), [{ level: 'warn', id: 'poison', kind: 'event' }]);
});

test('a dead letter that is read again is not tried again while this process lives', async (t) => {
  const f = fixture();
  f.wire.script(
    'bus.put',
    refuses('MalformedDetail', () => true),
  );
  await deliver(f.deliveryOf().delivery, 'poison');
  await deliver(f.deliveryOf().delivery, 'poison');
  t.is(f.wire.sent('bus.put').length, 1);
  t.is(f.wire.sent('deadLetter.put').length, 1);
});

test('an entry that no request can hold becomes a dead letter without being sent', async (t) => {
  const f = fixture();
  f.bus.limits = { entries: 10, bytes: 1_000 };
  const { delivery } = f.deliveryOf();
  await delivery.add([eventOf('x'), eventOf('big', 'c'.repeat(2_000))]);
  await delivery.finish();
  t.deepEqual(f.bus.acceptedIds, ['x']);
  t.regex([...f.state.deadLetters.values()][0]?.reason ?? '', /^EntryTooLarge: \d{4} bytes, a request may hold 1000$/);
  t.like([...f.state.deadLetters.values()], [{ id: 'big', attempts: 0 }]);
});

test('an event that no envelope can hold becomes a dead letter, and its neighbours go on', async (t) => {
  const f = fixture();
  const poison = eventOf('poison');
  const data = { ...poison.data, toJSON: () => assert.fail('not to be written') } as never;
  const { delivery, stats } = f.deliveryOf();
  await delivery.add([eventOf('x'), { ...poison, data }, eventOf('y')]);
  await delivery.finish();
  t.deepEqual(f.bus.acceptedIds, ['x', 'y']);
  t.like([...f.state.deadLetters.values()], [{ id: 'poison', kind: 'record', time: at('09:55'), attempts: 0 }]);
  t.regex([...f.state.deadLetters.values()][0]?.reason ?? '', /^no envelope can hold it: .*not to be written/);
  t.like(stats, { published: 2, deadLettered: 1 });
});

test('a dead letter that cannot be stored fails the delivery, for the checkpoint to stay', async (t) => {
  const f = fixture();
  const failure = trouble('table.unavailable');
  f.wire.always(
    'bus.put',
    refuses('MalformedDetail', ({ event }) => event.id === 'poison'),
  );
  f.wire.always('deadLetter.put', fails(failure));
  const { delivery, stats } = f.deliveryOf();
  t.is(await t.throwsAsync(deliver(delivery, 'x', 'poison')), failure);
  t.deepEqual([...f.table.items.keys()], ['x']);
  t.is(stats.deadLettered, 0);
});

test('a piece that cannot be identified becomes a dead letter with the raw record', async (t) => {
  const f = fixture();
  const { delivery, stats } = f.deliveryOf();
  await delivery.addMalformed([MALFORMED]);
  t.like(
    [...f.state.deadLetters.values()],
    [{ id: 'malformed', kind: 'record', attempts: 0, content: '{"conversationStart":"x"}', time: at('09:55') }],
  );
  t.is(stats.deadLettered, 1);
});

test('a malformed record seen again is not stored again', async (t) => {
  const f = fixture();
  await f.deliveryOf().delivery.addMalformed([MALFORMED, MALFORMED]);
  const { delivery, stats } = f.deliveryOf();
  await delivery.addMalformed([MALFORMED]);
  t.is(f.wire.sent('deadLetter.put').length, 1);
  t.is(stats.deadLettered, 0);
});

test('the same malformed record in another conversation is a dead letter of its own', async (t) => {
  const f = fixture();
  await f.deliveryOf().delivery.addMalformed([MALFORMED, { ...MALFORMED, conversationId: 'other', time: at('09:56') }]);
  t.deepEqual(
    f.wire.sent('deadLetter.put').map(({ time }) => time),
    [at('09:55'), at('09:56')],
  );
});

test('a malformed record that could not be stored is stored when it is seen again', async (t) => {
  const f = fixture();
  f.wire.script('deadLetter.put', fails(trouble('table.unavailable')));
  await t.throwsAsync(f.deliveryOf().delivery.addMalformed([MALFORMED]));
  await f.deliveryOf().delivery.addMalformed([MALFORMED]);
  t.is(f.state.deadLetters.size, 1);
});

/** As many malformed pieces as one record may have. */
const crowd = (count: number): readonly MalformedRecord[] =>
  Array.from({ length: count }, (_, n) => ({ id: `malformed-${n}`, reason: 'as scripted', record: { n } }));

test('dead letters of one record are stored ten at a time', async (t) => {
  const f = fixture({ autoAdvance: false });
  const atOnce = slowed(f, 'deadLetter.put');
  const { delivery, stats } = f.deliveryOf();
  const stored = delivery.addMalformed(crowd(95));
  await f.clock.advance(1_000);
  await stored;
  t.is(f.state.deadLetters.size, 95);
  t.like(stats, { deadLettered: 95 });
  t.is(atOnce.most, 10);
});

test('a poller that may no longer publish stores no further dead letters of a record', async (t) => {
  const f = fixture();
  const lost = new AbortController();
  f.wire.always('deadLetter.put', (work, deadLetter) => {
    lost.abort(trouble('lease.lost'));
    return work(deadLetter);
  });
  const { delivery } = f.deliveryOf({ signal: lost.signal });
  t.like(await t.throwsAsync(delivery.addMalformed(crowd(1_000))), { code: 'lease.lost' });
  t.true(f.state.deadLetters.size <= 10);
});

test('a delivery that has failed stores no further dead letters of a record', async (t) => {
  const f = fixture();
  f.wire.script('ids.read', fails(trouble('table.denied')));
  const { delivery } = f.deliveryOf();
  await t.throwsAsync(deliver(delivery, 'x'));
  t.like(await t.throwsAsync(delivery.addMalformed(crowd(20))), { code: 'table.denied' });
  t.is(f.state.deadLetters.size, 0);
});

test('a dead letter that cannot be stored is the failure, and its neighbours are stored', async (t) => {
  const f = fixture();
  f.wire.script('deadLetter.put', fails(trouble('table.denied')));
  t.like(await t.throwsAsync(f.deliveryOf().delivery.addMalformed(crowd(10))), { code: 'table.denied' });
  t.is(f.state.deadLetters.size, 9);
});
