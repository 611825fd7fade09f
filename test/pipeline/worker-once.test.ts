import test from 'ava';
import { pollOnce } from '../../src/pipeline/worker.ts';
import { fails, hangs, trouble } from '../support/wire.ts';
import { ALLOWED, at, CHECKPOINT, conversation, type Fixture, fixture, raisable, SECOND } from './fixture.ts';

function once(prepare: (f: Fixture) => void = () => undefined) {
  const f = fixture({ autoAdvance: false });
  f.state.checkpoints.set('conversations', CHECKPOINT);
  prepare(f);
  const raise = raisable();
  const worker = {
    cycle: f.cycle,
    leaseManager: f.leaseManagerOf('host-a'),
    ticker: f.ticker,
    allowedMs: ALLOWED,
  };
  return { ...f, ...raise, outcome: pollOnce(worker, raise.signals) };
}

const leaseIn = ({ state }: Pick<Fixture, 'state'>) => state.leases.get('conversations');

test('it polls until caught up, and releases the lease', async (t) => {
  const f = once(({ state }) => void state.checkpoints.set('conversations', { ...CHECKPOINT, watermark: at('06:00') }));
  t.like(await f.outcome, { status: 'completed', caughtUp: true });
  t.is(f.logged('cycle.completed').length, 5);
  t.false(
    f.logged('cycle.completed').some((line) => 'nextDue' in line),
    'nothing polls afterwards',
  );
  t.is(f.state.checkpoints.get('conversations')?.watermark, at('09:59'));
  t.is(leaseIn(f)?.holder, '');
  t.deepEqual(f.wire.sent('ticker.next'), []);
});

test('a second run right after the first publishes nothing and makes no PutEvents call', async (t) => {
  const f = once(({ source }) => {
    source.pagesOf = () => [[conversation('c1')]];
  });
  await f.outcome;
  f.clock.pause(SECOND);
  const again = {
    cycle: f.cycle,
    leaseManager: f.leaseManagerOf('host-b'),
    ticker: f.ticker,
    allowedMs: ALLOWED,
  };
  t.like(await pollOnce(again, f.signals), { status: 'completed' });
  t.is(f.wire.sent('bus.put').length, 1);
  t.deepEqual(f.published(), ['c1']);
});

test("it waits for a crashed holder's lease", async (t) => {
  const f = once(({ state }) => {
    state.leases.set('conversations', { holder: 'host-b', version: 5, fence: 2, durationMs: 30_000 });
  });
  await f.clock.advance(29 * SECOND);
  t.deepEqual(f.wire.sent('source.page'), []);
  t.is(leaseIn(f)?.holder, 'host-b');
  await f.clock.advance(SECOND);
  t.like(await f.outcome, { status: 'completed' });
});

test('it fails with lease.held for a live one, after one and a half durations', async (t) => {
  const f = once(({ wire, state }) => {
    let version = 5;
    state.leases.set('conversations', { holder: 'host-b', version, fence: 2, durationMs: 30_000 });
    wire.always('lease.read', () => ({ holder: 'host-b', version: ++version, fence: 2, durationMs: 30_000 }));
  });
  await f.clock.advance(44 * SECOND);
  t.deepEqual(f.logged('cycle.failed'), []);
  await f.clock.advance(SECOND);
  t.like(await f.outcome, { status: 'failed', failure: { code: 'lease.held' } });
  t.like(f.logged('cycle.failed'), [{ level: 'error', stream: 'conversations', code: 'lease.held' }]);
});

test('a state table that cannot be used is a failure at once, and is logged', async (t) => {
  const f = once(({ wire }) => wire.always('lease.read', fails(trouble('table.missing'))));
  t.like(await f.outcome, { status: 'failed', failure: { code: 'table.missing' } });
  t.like(f.logged('cycle.failed'), [{ code: 'table.missing' }]);
});

test('a cycle that fails is the outcome, logged once, and the lease is released', async (t) => {
  const f = once(({ wire, source }) => {
    source.pagesOf = () => [[]];
    wire.always('source.page', fails(trouble('genesys.permission')));
  });
  t.like(await f.outcome, { status: 'failed', failure: { code: 'genesys.permission' } });
  t.is(f.logged('cycle.failed').length, 1);
  t.is(leaseIn(f)?.holder, '');
});

test('a stop while it waits for the lease, or for the table, is an interruption and no failure', async (t) => {
  for (const waiting of [true, false]) {
    const f = once(({ state, wire }) => {
      state.leases.set('conversations', { holder: 'host-b', version: 5, fence: 2, durationMs: 30_000 });
      if (!waiting) wire.always('lease.read', hangs);
    });
    await f.clock.advance(SECOND);
    f.stop();
    t.deepEqual(await f.outcome, { status: 'interrupted' });
    t.deepEqual(f.logged('cycle.failed'), []);
  }
});

test('a stop in the middle of a cycle is an interruption, and the lease is released', async (t) => {
  const f = once(({ source, wire }) => {
    source.pagesOf = () => [[conversation('c1')], []];
    wire.script('source.page', undefined, hangs);
  });
  await f.clock.advance(0);
  f.stop();
  t.deepEqual(await f.outcome, { status: 'interrupted' });
  t.deepEqual(f.published(), ['c1']);
  t.is(leaseIn(f)?.holder, '');
});

test('nothing to read yet is no failure', async (t) => {
  const f = once(({ state }) => void state.checkpoints.set('conversations', { ...CHECKPOINT, watermark: at('09:59') }));
  t.deepEqual(await f.outcome, { status: 'idle' });
});
