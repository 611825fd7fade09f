import { getEventListeners } from 'node:events';
import test from 'ava';
import type { Deduplicator } from '../../src/pipeline/deduplicator.ts';
import type { Delivery } from '../../src/pipeline/delivery.ts';
import { serve } from '../../src/pipeline/worker.ts';
import { fails, refuses, trouble } from '../support/wire.ts';
import { ALLOWED, CHECKPOINT, conversations, eventsOf, fixture, MINUTE, raisable } from './fixture.ts';

/**
 * How many IDs a delivery has in flight, and how many the deduplicator knows to be in flight in all
 * deliveries.
 */
function inFlightOf(delivery: Delivery, deduplicator: Deduplicator): readonly number[] {
  const ofDelivery = delivery as unknown as { readonly inFlight: ReadonlySet<string> };
  const ofAll = deduplicator as unknown as { readonly inFlight: ReadonlyMap<string, unknown> };
  return [ofDelivery.inFlight.size, ofAll.inFlight.size];
}

test('what has been delivered is no longer in flight: known, fresh, and dead letters alike', async (t) => {
  const f = fixture();
  f.table.items.set('e7', { id: 'e7', expiresAt: Number.POSITIVE_INFINITY });
  f.wire.always(
    'bus.put',
    refuses('MalformedDetail', ({ event }) => event.id === 'e9'),
  );
  const { delivery } = f.deliveryOf({ concurrency: 4 });
  await delivery.add(eventsOf(1_000));
  await delivery.finish();
  t.deepEqual(inFlightOf(delivery, f.deduplicator), [0, 0]);
});

test('events that stream through are in flight only as far as they fill the requests', async (t) => {
  const f = fixture();
  const { delivery } = f.deliveryOf({ concurrency: 1 });
  let most = 0;
  for (const event of eventsOf(2_000)) {
    await delivery.add([event]);
    most = Math.max(most, ...inFlightOf(delivery, f.deduplicator));
  }
  await delivery.finish();
  t.true(most < 250, `${most} events in flight at once`);
});

test('a delivery that failed leaves nothing in flight that another one would wait for', async (t) => {
  for (const context of ['ids.read', 'bus.put', 'ids.write'] as const) {
    const f = fixture();
    f.wire.always(context, fails(trouble('table.unavailable')));
    const { delivery } = f.deliveryOf();
    await t.throwsAsync(delivery.add(eventsOf(300)));
    await t.throwsAsync(delivery.finish());
    t.deepEqual(inFlightOf(delivery, f.deduplicator), [0, 0], context);
  }
});

test('no listener stays behind on long-lived signals, however many cycles pass', async (t) => {
  const f = fixture({ autoAdvance: false });
  f.state.checkpoints.set('conversations', CHECKPOINT);
  f.source.pagesOf = () => [conversations(30)];
  f.wire.always(
    'bus.put',
    refuses('ThrottlingException', ({ event }) => event.id.startsWith('0')),
  );
  const { signals, stop } = raisable();
  const listeners = () => [signals.stop, signals.abort].map((signal) => getEventListeners(signal, 'abort').length);
  const serving = serve(
    {
      cycle: f.cycle,
      leaseManager: f.leaseManagerOf('host-a'),
      ticker: f.ticker,
      allowedMs: ALLOWED,
    },
    signals,
  );
  const polls: number[][] = [];
  for (let poll = 0; poll < 50; poll++) {
    await f.clock.advance(5 * MINUTE);
    polls.push(listeners());
    f.ticker.tick();
  }
  t.true(f.log.lines.filter(({ event }) => event.startsWith('cycle.')).length >= 40);
  t.deepEqual(polls.at(-1), polls[0]);
  stop();
  await f.clock.advance(5 * MINUTE);
  await serving;
  t.deepEqual(listeners(), [0, 0]);
});
