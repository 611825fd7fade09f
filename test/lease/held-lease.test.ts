import test from 'ava';
import { Failure } from '../../src/domain/failure.ts';
import { HeldLease } from '../../src/lease/held-lease.ts';
import { ManualClock } from '../support/manual-clock.ts';

function heldLeaseFor(ms: number) {
  const clock = new ManualClock(0, { autoAdvance: false });
  return { clock, heldLease: new HeldLease({ stream: 'conversations', fence: 7, until: ms, clock }) };
}

test('a holder may publish up to the last millisecond of its time, and not at its end', (t) => {
  const { clock, heldLease } = heldLeaseFor(25_000);
  clock.pause(24_999);
  t.notThrows(heldLease.assertMayPublish);
  clock.pause(1);
  t.is(t.throws(heldLease.assertMayPublish, { instanceOf: Failure })?.code, 'lease.lost');
});

test('a paused holder publishes nothing after its time is over, even before any timer ran', (t) => {
  const { clock, heldLease } = heldLeaseFor(25_000);
  clock.pause(3_600_000);
  t.false(heldLease.signal.aborted);
  t.throws(heldLease.assertMayPublish);
  t.true(heldLease.signal.aborted);
});

test('a step of the wall clock changes nothing about the right to publish', (t) => {
  const { clock, heldLease } = heldLeaseFor(25_000);
  clock.step(86_400_000);
  t.notThrows(heldLease.assertMayPublish);
  clock.step(-2 * 86_400_000);
  t.notThrows(heldLease.assertMayPublish);
  t.is(heldLease.remaining, 25_000);
});

test('a right to publish that was extended lasts longer', (t) => {
  const { clock, heldLease } = heldLeaseFor(25_000);
  heldLease.extend(35_000);
  clock.pause(30_000);
  t.notThrows(heldLease.assertMayPublish);
  t.is(heldLease.remaining, 5_000);
});

test('a right to publish that has ended does not come back, and keeps the first reason', (t) => {
  const { heldLease } = heldLeaseFor(25_000);
  heldLease.end('it was taken by host-b');
  heldLease.end('something else');
  heldLease.extend(1_000_000);
  t.throws(heldLease.assertMayPublish, { message: /no longer holds the lease .*: it was taken by host-b\./ });
});

test('a lease held under another gives no right to publish once that one has ended, whatever the reason', (t) => {
  const clock = new ManualClock(0, { autoAdvance: false });
  const above = new HeldLease({ stream: 'conversations', fence: 1, until: 10_000, clock });
  const below = new HeldLease({ stream: 'reconciliation', fence: 1, until: 25_000, clock, parent: above });
  t.deepEqual(below.lossSignals, [below.signal, above.signal]);
  t.notThrows(below.assertMayPublish);
  clock.pause(10_000);
  t.throws(below.assertMayPublish, { message: /the lease of the stream conversations/ });
  t.false(below.signal.aborted);
});
