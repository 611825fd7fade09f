import test, { type ExecutionContext } from 'ava';
import { pollOnce, serveAll, type Worker } from '../../src/pipeline/worker.ts';
import { everyObserver } from '../../src/ports/stream-observer.ts';
import { type Sign, signsOf } from '../support/cycle-reports.ts';
import { testContext } from '../support/request-context.ts';
import { type Calls, fails, hangs, trouble } from '../support/wire.ts';
import { ALLOWED, at, type Bench, bench, CHECKPOINT, conversation, MINUTE, raisable, SECOND } from './bench.ts';

/** A call that never settles, not even when its signal aborts. */
const ignoresAll = () => new Promise<never>(() => undefined);

/** A poller that is up to date until ten to ten; a cycle counts as hung after 20 minutes. */
function poller(prepare: (b: Bench) => void = () => undefined) {
  const b = bench({ autoAdvance: false });
  b.state.checkpoints.set('conversations', CHECKPOINT);
  b.source.pagesOf = () => [[conversation('c1')], [conversation('c2')]];
  prepare(b);
  const signs: Sign[] = [];
  const observer = everyObserver(b.cycle.observer, signsOf(signs));
  const worker: Worker = {
    cycle: { ...b.cycle, observer },
    leaseManager: b.leaseManagerOf('host-a'),
    ticker: b.ticker,
    allowedMs: ALLOWED,
  };
  const raise = raisable();
  const failures: string[] = [];
  const begin = () =>
    serveAll([worker], raise.signals, (failure) => {
      failures.push(failure.code);
      raise.stop();
    });
  return { ...b, ...raise, worker, signs, failures, begin };
}

const holder = ({ state }: Pick<Bench, 'state'>) => state.leases.get('conversations')?.holder;
const events = ({ log }: Pick<Bench, 'log'>) => log.lines.map(({ event }) => event);

/** A cycle may hang at every call that it waits for, whether it heeds its signal or not. */
const PLACES: readonly (keyof Calls)[] = ['source.page', 'ids.read', 'bus.put', 'ids.write', 'checkpoint.write'];

for (const place of PLACES) {
  for (const [manner, hang] of [
    ['until it is cancelled', hangs],
    ['for ever', ignoresAll],
  ] as const) {
    test(`a cycle that hangs in ${place} ${manner} keeps no standby out, and publishes nothing afterwards`, async (t) => {
      const b = poller(({ wire }) => wire.script(place, hang as never));
      const serving = b.begin();
      await b.clock.advance(20 * MINUTE - 1);
      t.is(holder(b), 'host-a');
      t.false(events(b).includes('lease.released'));
      await b.clock.advance(1);
      const published = b.published().length;
      const written = b.wire.sent('checkpoint.write').length;
      // Cancelled work may still record what is on the bus, for a minute.
      for (let seconds = 0; seconds < 60 && holder(b) !== ''; seconds += 10) await b.clock.advance(10 * SECOND);
      t.is(holder(b), '');
      t.like(b.logged('lease.released'), [{ level: 'warn', fence: 2 }]);
      t.deepEqual(b.logged('lease.lost'), []);
      t.truthy(await b.leaseManagerOf('host-b').tryAcquire(testContext()));
      await b.clock.advance(20 * SECOND);
      t.is(b.published().length, published);
      t.is(b.wire.sent('checkpoint.write').length, written);
      t.is(b.state.checkpoints.get('conversations')?.watermark, at('09:50'));
      b.stop();
      await serving;
    });
  }
}

test('the right to publish ends before the cycle is cancelled, and the lease is released after that', async (t) => {
  let mayPublish: unknown;
  const b = poller(({ wire }) => {
    wire.script('source.page', (_work, _input, { signal }) => {
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          mayPublish = holder(b);
          reject(signal.reason);
        });
      });
    });
  });
  const serving = b.begin();
  await b.clock.advance(20 * MINUTE);
  t.is(mayPublish, 'host-a', 'still held while it is cancelled');
  t.like(b.logged('cycle.failed'), [{ code: 'lease.released' }]);
  t.is(holder(b), '');
  b.stop();
  await serving;
});

test('cycles that end, with failures too, do not hang', async (t) => {
  const b = poller(({ wire }) => wire.always('source.page', fails(trouble('genesys.unreachable'))));
  const serving = b.begin();
  for (let minutes = 0; minutes < 60; minutes += 15) {
    await b.clock.advance(15 * MINUTE);
    b.ticker.tick();
  }
  t.deepEqual(b.logged('lease.released'), []);
  b.stop();
  await serving;
});

test('a ticker that never ticks is found out as well', async (t) => {
  const b = poller();
  const serving = b.begin();
  await b.clock.advance(20 * MINUTE);
  t.is(b.logged('lease.released').length, 1);
  b.stop();
  await serving;
});

test('the lease is acquired again after a lease duration and a trial read, and polling goes on', async (t) => {
  const b = poller(({ wire }) => wire.script('source.page', hangs));
  const serving = b.begin();
  await b.clock.advance(20 * MINUTE);
  const pages = b.wire.sent('source.page').length;
  await b.clock.advance(29 * SECOND);
  t.is(b.wire.sent('source.page').length, pages);
  t.is(holder(b), '');
  await b.clock.advance(SECOND);
  t.like(b.logged('lease.acquired'), [{ fence: 2 }, { fence: 3 }]);
  t.deepEqual(b.published(), ['c1', 'c2']);
  b.stop();
  await serving;
});

for (const [what, fault, code] of [
  ['fails', fails(trouble('genesys.unreachable')), 'genesys.unreachable'],
  ['is not answered', hangs, 'lease.released'],
] as const) {
  test(`while the trial read ${what} the lease stays free, and each attempt is logged`, async (t) => {
    const b = poller(({ wire }) => wire.always('source.page', hangs));
    const serving = b.begin();
    await b.clock.advance(20 * MINUTE);
    b.wire.always('source.page', fault);
    const before = b.logged('cycle.failed').length;
    await b.clock.advance(20 * MINUTE);
    t.is(holder(b), '');
    const failed = b.logged('cycle.failed').slice(before);
    t.true(failed.length >= 3 && failed.every((line) => line.code === code));
    t.like(b.signs.at(-1), { outcome: 'failed', code });
    b.wire.always('source.page', undefined);
    await b.clock.advance(10 * MINUTE);
    t.is(holder(b), 'host-a');
    t.deepEqual(b.published(), ['c1', 'c2']);
    b.stop();
    await serving;
  });
}

test('a trial read asks a state table that does not answer for nothing more than to answer', async (t) => {
  const b = poller(({ wire }) => wire.script('source.page', hangs));
  const serving = b.begin();
  await b.clock.advance(20 * MINUTE);
  b.wire.always('checkpoint.read', fails(trouble('table.unavailable')));
  await b.clock.advance(10 * MINUTE);
  t.is(holder(b), '');
  t.is(b.logged('cycle.failed').at(-1)?.code, 'table.unavailable');
  b.stop();
  await serving;
});

test("a source with a probe is read no further in a trial: what reading writes down is the holder's", async (t) => {
  const b = poller(({ wire }) => wire.script('source.page', hangs));
  let probes = 0;
  const stream = { ...b.worker.cycle.stream, probe: async () => void probes++ };
  Object.assign(b.worker, { cycle: { ...b.worker.cycle, stream } });
  const serving = b.begin();
  await b.clock.advance(20 * MINUTE + 30 * SECOND);
  t.is(probes, 1);
  t.is(holder(b), 'host-a');
  b.stop();
  await serving;
});

test('a stop ends the wait for a trial read, and the trial read itself', async (t) => {
  for (const wait of [10 * SECOND, 40 * SECOND]) {
    const b = poller(({ wire }) => wire.always('source.page', hangs));
    const serving = b.begin();
    await b.clock.advance(20 * MINUTE + wait);
    b.stop();
    t.deepEqual(await serving, { isStuck: false });
    t.is(holder(b), '');
  }
});

test('work that ignores being cancelled is stuck: the lease is released, and the process ends', async (t) => {
  const b = poller(({ wire }) => wire.script('source.page', ignoresAll));
  const serving = b.begin();
  await b.clock.advance(21 * MINUTE - 1);
  t.deepEqual(b.failures, []);
  await b.clock.advance(1);
  t.deepEqual(await serving, { isStuck: true });
  t.deepEqual(b.failures, ['poller.stuck']);
  t.is(holder(b), '');
});

test('a trial read that ignores being cancelled is stuck too', async (t) => {
  const b = poller(({ wire }) => wire.script('source.page', hangs, ignoresAll));
  const serving = b.begin();
  await b.clock.advance(20 * MINUTE + 30 * SECOND + 6 * MINUTE);
  t.deepEqual(await serving, { isStuck: true });
});

test('work that ignores the end of a shutdown does not keep the process: it is stuck five seconds later', async (t) => {
  const b = poller(({ wire }) => wire.script('source.page', ignoresAll));
  const serving = b.begin();
  await b.clock.advance(SECOND);
  b.stop();
  b.abort();
  await b.clock.advance(5 * SECOND);
  t.deepEqual(await serving, { isStuck: true });
});

test('where one stream is stuck the others come to their end in order, and a defect comes out as it is', async (t) => {
  const b = poller(({ wire }) => wire.script('source.page', ignoresAll));
  const other = bench({ autoAdvance: false });
  other.state.checkpoints.set('conversations', CHECKPOINT);
  const { cycle, ticker } = other;
  const healthy: Worker = { ...b.worker, cycle, leaseManager: other.leaseManagerOf('host-a'), ticker };
  const serving = serveAll([b.worker, healthy], b.signals, b.stop);
  for (let minutes = 0; minutes < 21; minutes += 3) {
    await Promise.all([b.clock.advance(3 * MINUTE), other.clock.advance(3 * MINUTE)]);
    ticker.tick();
  }
  t.deepEqual(await serving, { isStuck: true });
  t.is(holder(other), '');

  const broken = poller(({ wire }) => wire.always('ticker.next', fails(new TypeError('a defect'))));
  const defect = t.throwsAsync(broken.begin(), { message: 'a defect' });
  await broken.clock.advance(0);
  await defect;
});

test('a process that was stopped for hours is not blamed for it', async (t) => {
  const b = poller();
  const serving = b.begin();
  await b.clock.advance(MINUTE);
  b.clock.pause(5 * 60 * MINUTE);
  await b.clock.advance(0);
  t.deepEqual(b.logged('lease.released'), []);
  t.is(b.logged('lease.lost').length, 1);
  b.stop();
  await serving;
});

test('a renewal that hangs for ever does not keep the lease, nor the poller from going on', async (t) => {
  const b = poller(({ wire }) => wire.script('lease.write', undefined, ignoresAll));
  const serving = b.begin();
  await b.clock.advance(MINUTE);
  t.is(b.logged('lease.lost').length, 1);
  t.is(b.logged('lease.acquired').length, 2);
  b.stop();
  await serving;
});

test('a release that hangs is given up when the lease has ended by itself', async (t) => {
  const b = poller(({ wire }) => wire.script('source.page', hangs));
  const serving = b.begin();
  await b.clock.advance(20 * MINUTE - SECOND);
  b.wire.always('lease.write', ignoresAll);
  await b.clock.advance(31 * SECOND);
  t.is(b.logged('lease.releaseFailed').length, 1);
  b.stop();
  await serving;
});

test('a lease that is given up is released even where it would be kept', async (t) => {
  const { clock, state, log, ...b } = poller(({ wire }) => wire.script('source.page', hangs));
  const leaseManager = new (await import('../../src/lease/lease-manager.ts')).LeaseManager({
    ...{ state, stream: 'conversations', holder: 'host-a', durationMs: 30_000, clock, log },
    keepsLease: () => true,
  });
  Object.assign(b.worker, { leaseManager });
  const serving = b.begin();
  await clock.advance(20 * MINUTE);
  t.is(holder({ state }), '');
  b.stop();
  await serving;
});

test('polled once, a hung cycle is a failure, and its lease is released', async (t) => {
  for (const hang of [hangs, ignoresAll]) {
    const b = poller(({ wire }) => wire.script('source.page', hang));
    const outcome = pollOnce(b.worker, b.signals);
    await b.clock.advance(21 * MINUTE);
    t.is((await outcome).status, 'failed');
    t.is(holder(b), '');
  }
});

/** A poller of which the companion hangs. */
async function companionHangs(t: ExecutionContext, hang: typeof hangs) {
  const b = poller(({ wire }) => wire.script('source.page', undefined, undefined, hang));
  const companion: Worker = {
    ...b.worker,
    cycle: { ...b.worker.cycle, stream: { ...b.worker.cycle.stream, name: 'reconciliation' } },
    leaseManager: new (await import('../../src/lease/lease-manager.ts')).LeaseManager({
      ...{ state: b.state, stream: 'reconciliation', holder: 'host-a', durationMs: 30_000 },
      ...{ clock: b.clock, log: b.log },
    }),
    ticker: { next: (signal) => b.clock.sleep(5 * MINUTE, signal), due: () => undefined },
  };
  b.state.checkpoints.set('reconciliation', CHECKPOINT);
  Object.assign(b.worker, {
    companion,
    ticker: { due: () => undefined, next: (signal: AbortSignal) => b.clock.sleep(MINUTE, signal) },
  });
  const serving = b.begin();
  await b.clock.advance(20 * MINUTE);
  t.like(b.logged('cycle.completed').at(-1), { stream: 'conversations' });
  return { ...b, serving };
}

test('a companion that hangs loses its own lease only, and comes back', async (t) => {
  const b = await companionHangs(t, hangs);
  t.deepEqual(
    b.logged('lease.released').map(({ stream }) => stream),
    ['reconciliation'],
  );
  await b.clock.advance(MINUTE);
  t.is(b.logged('cycle.completed').filter(({ stream }) => stream === 'reconciliation').length, 1);
  t.is(holder(b), 'host-a');
  b.stop();
  await b.serving;
});

test('a companion that is stuck ends the poller above it in order, and both leases are free', async (t) => {
  const b = await companionHangs(t, ignoresAll as typeof hangs);
  await b.clock.advance(MINUTE);
  t.deepEqual(await b.serving, { isStuck: true });
  t.deepEqual(
    ['conversations', 'reconciliation'].map((stream) => b.state.leases.get(stream)?.holder),
    ['', ''],
  );
});
