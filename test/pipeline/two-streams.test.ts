import test from 'ava';
import { FairSemaphore } from '../../src/pipeline/fair-semaphore.ts';
import { answerLost, fails, refuses, takes, trouble } from '../support/wire.ts';
import { bench, eventOf, eventsOf } from './bench.ts';

/** Two deliveries of one process, as two streams have them: one deduplicator, one bus. */
function two() {
  const b = bench({ autoAdvance: false });
  return { ...b, one: b.deliveryOf(), other: b.deliveryOf() };
}

test('two streams that meet the same fact at the same time publish it once', async (t) => {
  const b = two();
  b.wire.always('bus.put', takes(5_000, b.clock));
  await b.one.delivery.add([eventOf('x')]);
  await b.other.delivery.add([eventOf('x')]);
  const both = Promise.all([b.one.delivery.finish(), b.other.delivery.finish()]);
  await b.clock.advance(5_000);
  await both;
  t.deepEqual(b.bus.acceptedIds, ['x']);
  t.like(b.one.stats, { published: 1, duplicates: 0 });
  t.like(b.other.stats, { published: 0, duplicates: 1 });
});

test('a stream does not call a fact delivered before the other stream has delivered it', async (t) => {
  const b = two();
  b.wire.always('ids.write', takes(5_000, b.clock));
  await b.one.delivery.add([eventOf('x')]);
  await b.other.delivery.add([eventOf('x')]);
  let isDelivered = false;
  const other = b.other.delivery.finish().then(() => {
    isDelivered = true;
  });
  const one = b.one.delivery.finish();
  await b.clock.advance(4_999);
  t.false(isDelivered);
  await b.clock.advance(1);
  await Promise.all([one, other]);
  t.true(b.table.items.has('x'));
});

test('what the one stream could not publish, the other does', async (t) => {
  const b = two();
  b.wire.script('bus.put', fails(trouble('bus.denied')));
  await b.one.delivery.add([eventOf('x')]);
  await b.other.delivery.add([eventOf('x')]);
  await t.throwsAsync(b.one.delivery.finish());
  await b.other.delivery.finish();
  t.deepEqual(b.bus.acceptedIds, ['x']);
  t.like(b.other.stats, { published: 1 });
});

test('what the one stream published and could not record, the other does not publish again', async (t) => {
  const b = two();
  b.wire.script('ids.write', answerLost(trouble('table.unavailable')));
  await b.one.delivery.add([eventOf('x')]);
  await b.other.delivery.add([eventOf('x')]);
  await t.throwsAsync(b.one.delivery.finish());
  await b.other.delivery.finish();
  t.deepEqual(b.bus.acceptedIds, ['x']);
  t.like(b.other.stats, { published: 0, duplicates: 1 });
});

test('a dead letter of the one stream is none of the other', async (t) => {
  const b = two();
  b.wire.always(
    'bus.put',
    refuses('MalformedDetail', () => true),
  );
  await b.one.delivery.add([eventOf('poison')]);
  await b.other.delivery.add([eventOf('poison')]);
  await Promise.all([b.one.delivery.finish(), b.other.delivery.finish()]);
  t.is(b.wire.sent('deadLetter.put').length, 1);
});

test('two streams of which each wants what the other has do not wait for each other without end', async (t) => {
  const b = two();
  await b.one.delivery.add([eventOf('x')]);
  await b.other.delivery.add([eventOf('y')]);
  await b.one.delivery.add([eventOf('y')]);
  await b.other.delivery.add([eventOf('x')]);
  await Promise.all([b.one.delivery.finish(), b.other.delivery.finish()]);
  t.deepEqual([...b.bus.acceptedIds].sort(), ['x', 'y']);
});

test('a delivery that has failed waits for no other', async (t) => {
  const b = two();
  await b.one.delivery.add([eventOf('x')]);
  b.wire.script('ids.read', fails(trouble('table.unavailable')));
  await b.other.delivery.add([eventOf('y'), eventOf('x')]);
  t.like(await t.throwsAsync(b.other.delivery.finish()), { code: 'table.unavailable' });
  await b.one.delivery.finish();
  t.deepEqual(b.bus.acceptedIds, ['x']);
});

test('two streams share the calls in flight: neither has more than its part while both publish', async (t) => {
  const b = bench({ autoAdvance: false });
  const calls = new FairSemaphore(4);
  const one = b.deliveryOf({ calls, stream: 'conversations' }).delivery;
  const other = b.deliveryOf({ calls, stream: 'reconciliation' }).delivery;
  const inFlight = { one: 0, other: 0 };
  const seen: string[] = [];
  b.wire.always('bus.put', async (work, entries) => {
    const from = entries[0]?.event.id.startsWith('other') ? 'other' : 'one';
    inFlight[from]++;
    seen.push(`${inFlight.one} ${inFlight.other}`);
    await b.clock.sleep(100);
    inFlight[from]--;
    return work(entries);
  });
  const first = one.add(eventsOf(600)).then(() => one.finish());
  await b.clock.advance(50);
  t.is(seen.at(-1), '4 0', 'alone it has them all');
  const second = other.add(Array.from({ length: 600 }, (_, n) => eventOf(`other${n}`))).then(() => other.finish());
  await b.clock.advance(500);
  t.is(seen.at(-1), '2 2');
  await b.clock.advance(20_000);
  await Promise.all([first, second]);
  t.is(b.bus.accepted.length, 1_200);
  t.true(seen.every((both) => both.split(' ').reduce((sum, count) => sum + Number(count), 0) <= 4));
});
