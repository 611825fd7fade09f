import test from 'ava';
import { pollOnce } from '../../src/pipeline/worker.ts';
import { fails, hangs, trouble } from '../support/wire.ts';
import { ALLOWED, at, type Bench, bench, CHECKPOINT, conversation, raisable, SECOND } from './bench.ts';

function once(prepare: (b: Bench) => void = () => undefined) {
  const b = bench({ autoAdvance: false });
  b.state.checkpoints.set('conversations', CHECKPOINT);
  prepare(b);
  const raise = raisable();
  const worker = {
    cycle: b.cycle,
    leaseManager: b.leaseManagerOf('host-a'),
    ticker: b.ticker,
    allowedMs: ALLOWED,
  };
  return { ...b, ...raise, outcome: pollOnce(worker, raise.signals) };
}

const leaseIn = ({ state }: Pick<Bench, 'state'>) => state.leases.get('conversations');

test('it polls until caught up, and releases the lease', async (t) => {
  const b = once(({ state }) => void state.checkpoints.set('conversations', { ...CHECKPOINT, watermark: at('06:00') }));
  t.like(await b.outcome, { status: 'completed', caughtUp: true });
  t.is(b.logged('cycle.completed').length, 5);
  t.false(
    b.logged('cycle.completed').some((line) => 'nextDue' in line),
    'nothing polls afterwards',
  );
  t.is(b.state.checkpoints.get('conversations')?.watermark, at('09:59'));
  t.is(leaseIn(b)?.holder, '');
  t.deepEqual(b.wire.sent('ticker.next'), []);
});

test('a second run right after the first publishes nothing and makes no PutEvents call', async (t) => {
  const b = once(({ source }) => {
    source.pagesOf = () => [[conversation('c1')]];
  });
  await b.outcome;
  b.clock.pause(SECOND);
  const again = {
    cycle: b.cycle,
    leaseManager: b.leaseManagerOf('host-b'),
    ticker: b.ticker,
    allowedMs: ALLOWED,
  };
  t.like(await pollOnce(again, b.signals), { status: 'completed' });
  t.is(b.wire.sent('bus.put').length, 1);
  t.deepEqual(b.published(), ['c1']);
});

test("it waits for a crashed holder's lease", async (t) => {
  const b = once(({ state }) => {
    state.leases.set('conversations', { holder: 'host-b', version: 5, fence: 2, durationMs: 30_000 });
  });
  await b.clock.advance(29 * SECOND);
  t.deepEqual(b.wire.sent('source.page'), []);
  t.is(leaseIn(b)?.holder, 'host-b');
  await b.clock.advance(SECOND);
  t.like(await b.outcome, { status: 'completed' });
});

test('it fails with lease.held for a live one, after one and a half durations', async (t) => {
  const b = once(({ wire, state }) => {
    let version = 5;
    state.leases.set('conversations', { holder: 'host-b', version, fence: 2, durationMs: 30_000 });
    wire.always('lease.read', () => ({ holder: 'host-b', version: ++version, fence: 2, durationMs: 30_000 }));
  });
  await b.clock.advance(44 * SECOND);
  t.deepEqual(b.logged('cycle.failed'), []);
  await b.clock.advance(SECOND);
  t.like(await b.outcome, { status: 'failed', failure: { code: 'lease.held' } });
  t.like(b.logged('cycle.failed'), [{ level: 'error', stream: 'conversations', code: 'lease.held' }]);
});

test('a state table that cannot be used is a failure at once, and is logged', async (t) => {
  const b = once(({ wire }) => wire.always('lease.read', fails(trouble('table.missing'))));
  t.like(await b.outcome, { status: 'failed', failure: { code: 'table.missing' } });
  t.like(b.logged('cycle.failed'), [{ code: 'table.missing' }]);
});

test('a cycle that fails is the outcome, logged once, and the lease is released', async (t) => {
  const b = once(({ wire, source }) => {
    source.pagesOf = () => [[]];
    wire.always('source.page', fails(trouble('genesys.permission')));
  });
  t.like(await b.outcome, { status: 'failed', failure: { code: 'genesys.permission' } });
  t.is(b.logged('cycle.failed').length, 1);
  t.is(leaseIn(b)?.holder, '');
});

test('a stop while it waits for the lease, or for the table, is an interruption and no failure', async (t) => {
  for (const waiting of [true, false]) {
    const b = once(({ state, wire }) => {
      state.leases.set('conversations', { holder: 'host-b', version: 5, fence: 2, durationMs: 30_000 });
      if (!waiting) wire.always('lease.read', hangs);
    });
    await b.clock.advance(SECOND);
    b.stop();
    t.deepEqual(await b.outcome, { status: 'interrupted' });
    t.deepEqual(b.logged('cycle.failed'), []);
  }
});

test('a stop in the middle of a cycle is an interruption, and the lease is released', async (t) => {
  const b = once(({ source, wire }) => {
    source.pagesOf = () => [[conversation('c1')], []];
    wire.script('source.page', undefined, hangs);
  });
  await b.clock.advance(0);
  b.stop();
  t.deepEqual(await b.outcome, { status: 'interrupted' });
  t.deepEqual(b.published(), ['c1']);
  t.is(leaseIn(b)?.holder, '');
});

test('nothing to read yet is no failure', async (t) => {
  const b = once(({ state }) => void state.checkpoints.set('conversations', { ...CHECKPOINT, watermark: at('09:59') }));
  t.deepEqual(await b.outcome, { status: 'idle' });
});
