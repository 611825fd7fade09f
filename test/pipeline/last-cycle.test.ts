import test from 'ava';
import { lastCycleOf } from '../../src/domain/cycle-report.ts';
import { StreamRunner } from '../../src/pipeline/run-stream.ts';
import type { LastCycle } from '../../src/ports/state-store.ts';
import { everyObserver, type StreamObserver } from '../../src/ports/stream-observer.ts';
import { testContext } from '../support/request-context.ts';
import { fails, trouble } from '../support/wire.ts';
import { at, CHECKPOINT, conversation, fixture, oneCycle, raisable } from './fixture.ts';

const DONE: LastCycle = { outcome: 'completed', at: at('10:00'), published: 3, watermark: at('09:59') };

/** Notes what `status` shows of each cycle. */
function noting(noted: LastCycle[]): StreamObserver {
  return everyObserver({ onCycle: (report) => void noted.push(lastCycleOf(report)) });
}

test('a completed cycle tells how much it published, when, and how far the stream has come', async (t) => {
  const f = fixture();
  f.source.pagesOf = () => [[conversation('c1'), conversation('c2')]];
  const noted: LastCycle[] = [];
  const options = { ...f.cycle, observer: noting(noted) };
  await oneCycle(options, CHECKPOINT, f.heldLeaseOf(), raisable().signals);
  t.deepEqual(noted, [{ outcome: 'completed', at: at('10:00'), published: 2, watermark: at('09:59') }]);
});

test('a failed cycle tells why; a cycle with nothing to read tells nothing', async (t) => {
  const f = fixture();
  f.source.pagesOf = () => [[]];
  f.wire.always('source.page', fails(trouble('genesys.unreachable')));
  const noted: LastCycle[] = [];
  const options = { ...f.cycle, observer: noting(noted) };
  await oneCycle(options, CHECKPOINT, f.heldLeaseOf(), raisable().signals);
  t.is(noted.length, 1);
  t.like(noted[0], { outcome: 'failed', published: 0, code: 'genesys.unreachable' });
  await oneCycle(options, { ...CHECKPOINT, watermark: at('09:59') }, f.heldLeaseOf(), raisable().signals);
  t.is(noted.length, 1);
});

test('a cycle that cannot even begin tells that, too', async (t) => {
  const f = fixture();
  f.wire.always('checkpoint.write', fails(new TypeError('no such thing')));
  const noted: LastCycle[] = [];
  const options = { ...f.cycle, observer: noting(noted) };
  const runner = new StreamRunner(options, { heldLease: f.heldLeaseOf(), checkpoint: undefined });
  await runner.poll(raisable().signals);
  t.deepEqual(noted, [{ outcome: 'failed', at: at('10:00'), published: 0, code: 'defect', reason: 'no such thing' }]);
});

test('the last cycle rides on the next renewal of the lease, at no further call', async (t) => {
  const f = fixture({ autoAdvance: false });
  const leaseManager = f.leaseManagerOf('host-a');
  const acquired = await leaseManager.tryAcquire(testContext());
  const done = new AbortController();
  const holding = acquired && leaseManager.renewUntil(acquired.heldLease, testContext(done.signal));
  const before = f.wire.names.length;
  leaseManager.note(DONE);
  t.is(f.wire.names.length, before);
  t.is(f.state.lastCycles.get('conversations'), undefined);
  await f.clock.advance(10_000);
  t.deepEqual(f.wire.names.slice(before), ['lease.write']);
  t.deepEqual(f.state.lastCycles.get('conversations'), DONE);
  done.abort();
  await holding;
});

test('a released lease holds the last cycle', async (t) => {
  const f = fixture();
  const leaseManager = f.leaseManagerOf('host-a');
  await leaseManager.tryAcquire(testContext());
  leaseManager.note(DONE);
  await leaseManager.release(testContext());
  t.deepEqual(f.state.lastCycles.get('conversations'), DONE);
});
