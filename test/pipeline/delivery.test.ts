import test from 'ava';
import { fails, hangs, leavesUnread, leavesUnwritten, trouble } from '../support/wire.ts';
import { at, deliver, eventOf, eventsOf, fixture, slowed } from './fixture.ts';

test('IDs are read, events published, IDs recorded — in this order', async (t) => {
  const f = fixture();
  const { delivery, stats } = f.deliveryOf();
  await deliver(delivery, 'x');
  t.deepEqual(f.wire.names, ['ids.read', 'bus.put', 'ids.write']);
  t.deepEqual(f.bus.acceptedIds, ['x']);
  t.true(f.table.items.has('x'));
  t.like(stats, { published: 1, duplicates: 0, dynamoCalls: 2, putEventsCalls: 1 });
});

test('nothing to deliver takes no call at all', async (t) => {
  const f = fixture();
  await deliver(f.deliveryOf().delivery);
  t.deepEqual(f.wire.names, []);
});

test('1,000 fresh events take at most 100 PutEvents, 40 BatchWriteItem and 10 BatchGetItem calls (+2 %)', async (t) => {
  for (const concurrency of [1, 4]) {
    const f = fixture();
    const { delivery } = f.deliveryOf({ concurrency });
    // As they come: some from each conversation.
    const all = [...eventsOf(1_000)];
    while (all.length > 0) await delivery.add(all.splice(0, 7));
    await delivery.finish();
    t.is(new Set(f.bus.acceptedIds).size, 1_000);
    t.is(f.bus.accepted.length, 1_000);
    t.is(f.table.items.size, 1_000);
    t.true(f.wire.sent('bus.put').length <= 102);
    t.true(f.wire.sent('ids.write').length <= 40);
    t.true(f.wire.sent('ids.read').length <= 10);
  }
});

test('known events cost no call while the cache holds them', async (t) => {
  const f = fixture();
  await deliver(f.deliveryOf().delivery, 'x', 'y');
  const calls = f.wire.names.length;
  const { delivery, stats } = f.deliveryOf();
  await deliver(delivery, 'x', 'y');
  t.is(f.wire.names.length, calls);
  t.like(stats, { duplicates: 2, published: 0 });
});

test('events that only the table knows cost one read for each hundred of them, and nothing else', async (t) => {
  const f = fixture({ cacheSize: 1 });
  for (const { id } of eventsOf(250)) f.table.items.set(id, { id, expiresAt: at('11:00') / 1000 });
  const { delivery, stats } = f.deliveryOf();
  await delivery.add(eventsOf(250));
  await delivery.finish();
  t.deepEqual(f.wire.names, ['ids.read', 'ids.read', 'ids.read']);
  t.like(stats, { duplicates: 250, published: 0 });
});

test('the same event from two pages is published once', async (t) => {
  const f = fixture();
  const { delivery, stats } = f.deliveryOf();
  await delivery.add([eventOf('x'), eventOf('x')]);
  await delivery.add([eventOf('x')]);
  await delivery.finish();
  t.deepEqual(f.bus.acceptedIds, ['x']);
  t.like(stats, { published: 1, duplicates: 2 });
});

test('an event whose item has passed its ttl is published again', async (t) => {
  const f = fixture();
  f.table.items.set('x', { id: 'x', expiresAt: at('10:00') / 1000 });
  await deliver(f.deliveryOf().delivery, 'x');
  t.deepEqual(f.bus.acceptedIds, ['x']);
});

test('what DynamoDB did not get to is neither taken for new nor for recorded', async (t) => {
  const f = fixture({ cacheSize: 1 });
  f.table.items.set('known', { id: 'known', expiresAt: at('11:00') / 1000 });
  f.wire.script('ids.read', leavesUnread(1));
  f.wire.script('ids.write', leavesUnwritten(1));
  await deliver(f.deliveryOf().delivery, 'x', 'y', 'known');
  t.deepEqual(f.bus.acceptedIds, ['x', 'y']);
  t.deepEqual([...f.table.items.keys()].sort(), ['known', 'x', 'y']);
});

test('what the bus itself recognised as a repeat is recorded, and counted apart from what it accepted', async (t) => {
  const f = fixture();
  f.wire.script('bus.put', () => [{ status: 'suppressed' }, { status: 'accepted' }]);
  const { delivery, stats } = f.deliveryOf();
  await deliver(delivery, 'x', 'y');
  t.deepEqual([...f.table.items.keys()].sort(), ['x', 'y']);
  t.like(stats, { published: 1, suppressed: 1, duplicates: 0 });
});

test('no more PutEvents calls are in flight than eventBridge.concurrency says, and that many are', async (t) => {
  const f = fixture({ autoAdvance: false });
  const atOnce = slowed(f, 'bus.put');
  const { delivery } = f.deliveryOf({ concurrency: 3 });
  const delivered = delivery.add(eventsOf(200)).then(() => delivery.finish());
  await f.clock.advance(10_000);
  await delivered;
  t.is(f.bus.accepted.length, 200);
  t.is(atOnce.most, 3);
});

test('a slow bus holds the reader back: events wait in a bounded queue, and do not fill the memory', async (t) => {
  const f = fixture();
  f.wire.always('bus.put', hangs);
  const lost = new AbortController();
  const { delivery } = f.deliveryOf({ concurrency: 1, signal: lost.signal });
  let taken = 0;
  const adding = (async () => {
    for (const event of eventsOf(1_000)) {
      await delivery.add([event]);
      taken++;
    }
  })();
  await new Promise((resolve) => setImmediate(resolve));
  t.true(taken < 200, `${taken} events were taken while none was accepted`);
  lost.abort(new Error('the end of the test'));
  await t.throwsAsync(adding, { message: 'the end of the test' });
});

test('a copy says when its record was read, and when the copy was made after its ID was looked up', async (t) => {
  const f = fixture({ autoAdvance: false });
  f.wire.script('ids.read', async (work, ids) => {
    await f.clock.sleep(5_000);
    return work(ids);
  });
  const { delivery } = f.deliveryOf();
  const delivered = deliver(delivery, 'x');
  await f.clock.advance(5_000);
  await delivered;
  t.like(JSON.parse(f.bus.accepted[0]?.detail ?? '').metadata, {
    observedAt: '2026-11-20T10:00:00.000Z',
    publishedAt: '2026-11-20T10:00:05.000Z',
  });
});

test('when IDs cannot be read nothing is published', async (t) => {
  const f = fixture();
  f.wire.always('ids.read', fails(trouble('table.unavailable')));
  t.like(await t.throwsAsync(deliver(f.deliveryOf().delivery, 'x')), { code: 'table.unavailable' });
  t.deepEqual(f.wire.names, ['ids.read']);
});

test('when the bus fails, what it accepted until then is recorded, and nothing more is sent', async (t) => {
  const f = fixture();
  f.wire.script('bus.put', undefined, undefined, fails(trouble('bus.denied')));
  const { delivery, stats } = f.deliveryOf();
  const failure = await t.throwsAsync(delivery.add(eventsOf(100)).then(() => delivery.finish()));
  t.like(failure, { code: 'bus.denied' });
  await t.throwsAsync(delivery.finish());
  t.is(f.wire.sent('bus.put').length, 3);
  t.is(f.bus.accepted.length, 20);
  t.deepEqual([...f.table.items.keys()], f.bus.acceptedIds);
  t.is(stats.published, 20);
});

test('delivery that has failed takes nothing more', async (t) => {
  const f = fixture();
  f.wire.script('ids.read', fails(trouble('table.unavailable')));
  const { delivery } = f.deliveryOf();
  await t.throwsAsync(deliver(delivery, 'x'));
  await t.throwsAsync(delivery.add([eventOf('y')]));
  await t.throwsAsync(delivery.finish());
  t.deepEqual(f.wire.names, ['ids.read']);
});

test('what was accepted is recorded even though the right to publish has ended meanwhile', async (t) => {
  const f = fixture();
  const lost = new AbortController();
  f.wire.script('bus.put', (work, entries) => {
    lost.abort(trouble('lease.lost'));
    return work(entries);
  });
  const { delivery } = f.deliveryOf({ signal: lost.signal });
  t.like(await t.throwsAsync(deliver(delivery, 'x')), { code: 'lease.lost' });
  t.true(f.table.items.has('x'));
});

test('a poller that may no longer publish sends nothing', async (t) => {
  const f = fixture();
  const assertMayPublish = fails(trouble('lease.lost'));
  t.like(await t.throwsAsync(deliver(f.deliveryOf({ assertMayPublish }).delivery, 'x')), { code: 'lease.lost' });
  t.deepEqual(f.bus.accepted, []);
});
