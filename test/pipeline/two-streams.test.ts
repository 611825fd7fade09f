import test from 'ava';
import { FairSemaphore } from '../../src/pipeline/fair-semaphore.ts';
import { answerLost, fails, refuses, takes, trouble } from '../support/wire.ts';
import { eventOf, eventsOf, fixture } from './fixture.ts';

/** Two deliveries of one process, as two streams have them: one deduplicator, one bus. */
function two() {
  const f = fixture({ autoAdvance: false });
  return { ...f, one: f.deliveryOf(), other: f.deliveryOf() };
}

test('two streams that meet the same fact at the same time publish it once', async (t) => {
  const f = two();
  f.wire.always('bus.put', takes(5_000, f.clock));
  await f.one.delivery.add([eventOf('x')]);
  await f.other.delivery.add([eventOf('x')]);
  const both = Promise.all([f.one.delivery.finish(), f.other.delivery.finish()]);
  await f.clock.advance(5_000);
  await both;
  t.deepEqual(f.bus.acceptedIds, ['x']);
  t.like(f.one.stats, { published: 1, duplicates: 0 });
  t.like(f.other.stats, { published: 0, duplicates: 1 });
});

test('a stream does not call a fact delivered before the other stream has delivered it', async (t) => {
  const f = two();
  f.wire.always('ids.write', takes(5_000, f.clock));
  await f.one.delivery.add([eventOf('x')]);
  await f.other.delivery.add([eventOf('x')]);
  let isDelivered = false;
  const other = f.other.delivery.finish().then(() => {
    isDelivered = true;
  });
  const one = f.one.delivery.finish();
  await f.clock.advance(4_999);
  t.false(isDelivered);
  await f.clock.advance(1);
  await Promise.all([one, other]);
  t.true(f.table.items.has('x'));
});

test('what the one stream could not publish, the other does', async (t) => {
  const f = two();
  f.wire.script('bus.put', fails(trouble('bus.denied')));
  await f.one.delivery.add([eventOf('x')]);
  await f.other.delivery.add([eventOf('x')]);
  await t.throwsAsync(f.one.delivery.finish());
  await f.other.delivery.finish();
  t.deepEqual(f.bus.acceptedIds, ['x']);
  t.like(f.other.stats, { published: 1 });
});

test('what the one stream published and could not record, the other does not publish again', async (t) => {
  const f = two();
  f.wire.script('ids.write', answerLost(trouble('table.unavailable')));
  await f.one.delivery.add([eventOf('x')]);
  await f.other.delivery.add([eventOf('x')]);
  await t.throwsAsync(f.one.delivery.finish());
  await f.other.delivery.finish();
  t.deepEqual(f.bus.acceptedIds, ['x']);
  t.like(f.other.stats, { published: 0, duplicates: 1 });
});

test('a dead letter of the one stream is none of the other', async (t) => {
  const f = two();
  f.wire.always(
    'bus.put',
    refuses('MalformedDetail', () => true),
  );
  await f.one.delivery.add([eventOf('poison')]);
  await f.other.delivery.add([eventOf('poison')]);
  await Promise.all([f.one.delivery.finish(), f.other.delivery.finish()]);
  t.is(f.wire.sent('deadLetter.put').length, 1);
});

test('two streams of which each wants what the other has do not wait for each other without end', async (t) => {
  const f = two();
  await f.one.delivery.add([eventOf('x')]);
  await f.other.delivery.add([eventOf('y')]);
  await f.one.delivery.add([eventOf('y')]);
  await f.other.delivery.add([eventOf('x')]);
  await Promise.all([f.one.delivery.finish(), f.other.delivery.finish()]);
  t.deepEqual([...f.bus.acceptedIds].sort(), ['x', 'y']);
});

test('a delivery that has failed waits for no other', async (t) => {
  const f = two();
  await f.one.delivery.add([eventOf('x')]);
  f.wire.script('ids.read', fails(trouble('table.unavailable')));
  await f.other.delivery.add([eventOf('y'), eventOf('x')]);
  t.like(await t.throwsAsync(f.other.delivery.finish()), { code: 'table.unavailable' });
  await f.one.delivery.finish();
  t.deepEqual(f.bus.acceptedIds, ['x']);
});

test('two streams share the calls in flight: neither has more than its part while both publish', async (t) => {
  const f = fixture({ autoAdvance: false });
  const calls = new FairSemaphore(4);
  const one = f.deliveryOf({ calls, stream: 'conversations' }).delivery;
  const other = f.deliveryOf({ calls, stream: 'reconciliation' }).delivery;
  const inFlight = { one: 0, other: 0 };
  const seen: string[] = [];
  f.wire.always('bus.put', async (work, entries) => {
    const from = entries[0]?.event.id.startsWith('other') ? 'other' : 'one';
    inFlight[from]++;
    seen.push(`${inFlight.one} ${inFlight.other}`);
    await f.clock.sleep(100);
    inFlight[from]--;
    return work(entries);
  });
  const first = one.add(eventsOf(600)).then(() => one.finish());
  await f.clock.advance(50);
  t.is(seen.at(-1), '4 0', 'alone it has them all');
  const second = other.add(Array.from({ length: 600 }, (_, n) => eventOf(`other${n}`))).then(() => other.finish());
  await f.clock.advance(500);
  t.is(seen.at(-1), '2 2');
  await f.clock.advance(20_000);
  await Promise.all([first, second]);
  t.is(f.bus.accepted.length, 1_200);
  t.true(seen.every((both) => both.split(' ').reduce((sum, count) => sum + Number(count), 0) <= 4));
});
