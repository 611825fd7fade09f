import test, { type ExecutionContext } from 'ava';
import { pollOnce, serveAll, type Worker } from '../../src/pipeline/worker.ts';
import { everyObserver } from '../../src/ports/stream-observer.ts';
import { type Sign, signsOf } from '../support/cycle-reports.ts';
import { testContext } from '../support/request-context.ts';
import { type Calls, fails, hangs, trouble } from '../support/wire.ts';
import { ALLOWED, at, CHECKPOINT, conversation, type Fixture, fixture, MINUTE, raisable, SECOND } from './fixture.ts';

/** A call that never settles, not even when its signal aborts. */
const ignoresAll = () => new Promise<never>(() => undefined);

/** A poller that is up to date until ten to ten; a cycle counts as hung after 20 minutes. */
function poller(prepare: (f: Fixture) => void = () => undefined) {
  const f = fixture({ autoAdvance: false });
  f.state.checkpoints.set('conversations', CHECKPOINT);
  f.source.pagesOf = () => [[conversation('c1')], [conversation('c2')]];
  prepare(f);
  const signs: Sign[] = [];
  const observer = everyObserver(f.cycle.observer, signsOf(signs));
  const worker: Worker = {
    cycle: { ...f.cycle, observer },
    leaseManager: f.leaseManagerOf('host-a'),
    ticker: f.ticker,
    allowedMs: ALLOWED,
  };
  const raise = raisable();
  const failures: string[] = [];
  const begin = () =>
    serveAll([worker], raise.signals, (failure) => {
      failures.push(failure.code);
      raise.stop();
    });
  return { ...f, ...raise, worker, signs, failures, begin };
}

const holder = ({ state }: Pick<Fixture, 'state'>) => state.leases.get('conversations')?.holder;
const events = ({ log }: Pick<Fixture, 'log'>) => log.lines.map(({ event }) => event);

/** A cycle may hang at every call that it waits for, whether it heeds its signal or not. */
const PLACES: readonly (keyof Calls)[] = ['source.page', 'ids.read', 'bus.put', 'ids.write', 'checkpoint.write'];

for (const place of PLACES) {
  for (const [manner, hang] of [
    ['until it is cancelled', hangs],
    ['for ever', ignoresAll],
  ] as const) {
    test(`a cycle that hangs in ${place} ${manner} keeps no standby out, and publishes nothing afterwards`, async (t) => {
      const f = poller(({ wire }) => wire.script(place, hang as never));
      const serving = f.begin();
      await f.clock.advance(20 * MINUTE - 1);
      t.is(holder(f), 'host-a');
      t.false(events(f).includes('lease.released'));
      await f.clock.advance(1);
      const published = f.published().length;
      const written = f.wire.sent('checkpoint.write').length;
      // Cancelled work may still record what is on the bus, for a minute.
      for (let seconds = 0; seconds < 60 && holder(f) !== ''; seconds += 10) await f.clock.advance(10 * SECOND);
      t.is(holder(f), '');
      t.like(f.logged('lease.released'), [{ level: 'warn', fence: 2 }]);
      t.deepEqual(f.logged('lease.lost'), []);
      t.truthy(await f.leaseManagerOf('host-b').tryAcquire(testContext()));
      await f.clock.advance(20 * SECOND);
      t.is(f.published().length, published);
      t.is(f.wire.sent('checkpoint.write').length, written);
      t.is(f.state.checkpoints.get('conversations')?.watermark, at('09:50'));
      f.stop();
      await serving;
    });
  }
}

test('the right to publish ends before the cycle is cancelled, and the lease is released after that', async (t) => {
  let holderAtAbort: unknown;
  const f = poller(({ wire }) => {
    wire.script('source.page', (_work, _input, { signal }) => {
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          holderAtAbort = holder(f);
          reject(signal.reason);
        });
      });
    });
  });
  const serving = f.begin();
  await f.clock.advance(20 * MINUTE);
  t.is(holderAtAbort, 'host-a', 'still held while it is cancelled');
  t.like(f.logged('cycle.failed'), [{ code: 'lease.released' }]);
  t.is(holder(f), '');
  f.stop();
  await serving;
});

test('cycles that end, with failures too, do not hang', async (t) => {
  const f = poller(({ wire }) => wire.always('source.page', fails(trouble('genesys.unreachable'))));
  const serving = f.begin();
  for (let minutes = 0; minutes < 60; minutes += 15) {
    await f.clock.advance(15 * MINUTE);
    f.ticker.tick();
  }
  t.deepEqual(f.logged('lease.released'), []);
  f.stop();
  await serving;
});

/** Pages that come one after the other, each after so long. */
function pagesThatTake(f: Fixture, ms: number, count: number, page: readonly unknown[] = [conversation('c1')]) {
  f.source.pagesOf = () => Array.from({ length: count }, () => page);
  f.wire.always('source.page', async (work, input, { signal }) => {
    await f.clock.sleep(ms, signal);
    return work(input);
  });
}

test('a cycle that goes on from page to page does not hang, however long it takes', async (t) => {
  const f = poller((made) => pagesThatTake(made, SECOND, 4_000));
  const serving = f.begin();
  await f.clock.advance(66 * MINUTE);
  t.deepEqual(f.logged('cycle.completed'), []);
  await f.clock.advance(MINUTE);
  t.like(f.logged('cycle.completed'), [{ conversations: 4_000 }]);
  t.deepEqual(f.logged('lease.released'), []);
  f.stop();
  await serving;
});

test('pages without end are no signs of life after as many records as the longest list has', async (t) => {
  const f = poller((made) => pagesThatTake(made, SECOND, 10_000, []));
  const serving = f.begin();
  await f.clock.advance(2_000 * SECOND + 20 * MINUTE - 30 * SECOND);
  t.deepEqual(f.logged('lease.released'), []);
  await f.clock.advance(30 * SECOND);
  t.is(f.logged('lease.released').length, 1);
  f.stop();
  await serving;
});

test('a cycle that hangs after a page is cancelled, counted from that page on', async (t) => {
  const f = poller(({ wire }) => {
    wire.script(
      'source.page',
      async (work, input, { signal }) => {
        await f.clock.sleep(15 * MINUTE, signal);
        return work(input);
      },
      hangs,
    );
  });
  const serving = f.begin();
  await f.clock.advance(35 * MINUTE - 1);
  t.deepEqual(f.logged('lease.released'), []);
  await f.clock.advance(1);
  t.is(f.logged('lease.released').length, 1);
  f.stop();
  await serving;
});

test('a ticker that never ticks is found out as well', async (t) => {
  const f = poller();
  const serving = f.begin();
  await f.clock.advance(20 * MINUTE);
  t.is(f.logged('lease.released').length, 1);
  f.stop();
  await serving;
});

test('the lease is acquired again after a lease duration and a trial read, and polling goes on', async (t) => {
  const f = poller(({ wire }) => wire.script('source.page', hangs));
  const serving = f.begin();
  await f.clock.advance(20 * MINUTE);
  const pages = f.wire.sent('source.page').length;
  await f.clock.advance(29 * SECOND);
  t.is(f.wire.sent('source.page').length, pages);
  t.is(holder(f), '');
  await f.clock.advance(SECOND);
  t.like(f.logged('lease.acquired'), [{ fence: 2 }, { fence: 3 }]);
  t.deepEqual(f.published(), ['c1', 'c2']);
  f.stop();
  await serving;
});

for (const [what, fault, code] of [
  ['fails', fails(trouble('genesys.unreachable')), 'genesys.unreachable'],
  ['is not answered', hangs, 'lease.released'],
] as const) {
  test(`while the trial read ${what} the lease stays free, and each attempt is logged`, async (t) => {
    const f = poller(({ wire }) => wire.always('source.page', hangs));
    const serving = f.begin();
    await f.clock.advance(20 * MINUTE);
    f.wire.always('source.page', fault);
    const before = f.logged('cycle.failed').length;
    await f.clock.advance(20 * MINUTE);
    t.is(holder(f), '');
    const failed = f.logged('cycle.failed').slice(before);
    t.true(failed.length >= 3 && failed.every((line) => line.code === code));
    t.like(f.signs.at(-1), { outcome: 'failed', code });
    f.wire.always('source.page', undefined);
    await f.clock.advance(10 * MINUTE);
    t.is(holder(f), 'host-a');
    t.deepEqual(f.published(), ['c1', 'c2']);
    f.stop();
    await serving;
  });
}

test('a trial read asks a state table that does not answer for nothing more than to answer', async (t) => {
  const f = poller(({ wire }) => wire.script('source.page', hangs));
  const serving = f.begin();
  await f.clock.advance(20 * MINUTE);
  f.wire.always('checkpoint.read', fails(trouble('table.unavailable')));
  await f.clock.advance(10 * MINUTE);
  t.is(holder(f), '');
  t.is(f.logged('cycle.failed').at(-1)?.code, 'table.unavailable');
  f.stop();
  await serving;
});

test("a source with a probe is read no further in a trial: what reading writes down is the holder's", async (t) => {
  const f = poller(({ wire }) => wire.script('source.page', hangs));
  let probes = 0;
  const stream = { ...f.worker.cycle.stream, probe: async () => void probes++ };
  Object.assign(f.worker, { cycle: { ...f.worker.cycle, stream } });
  const serving = f.begin();
  await f.clock.advance(20 * MINUTE + 30 * SECOND);
  t.is(probes, 1);
  t.is(holder(f), 'host-a');
  f.stop();
  await serving;
});

test('a stop ends the wait for a trial read, and the trial read itself', async (t) => {
  for (const wait of [10 * SECOND, 40 * SECOND]) {
    const f = poller(({ wire }) => wire.always('source.page', hangs));
    const serving = f.begin();
    await f.clock.advance(20 * MINUTE + wait);
    f.stop();
    t.deepEqual(await serving, { isStuck: false });
    t.is(holder(f), '');
  }
});

test('work that ignores being cancelled is stuck: the lease is released, and the process ends', async (t) => {
  const f = poller(({ wire }) => wire.script('source.page', ignoresAll));
  const serving = f.begin();
  await f.clock.advance(21 * MINUTE - 1);
  t.deepEqual(f.failures, []);
  await f.clock.advance(1);
  t.deepEqual(await serving, { isStuck: true });
  t.deepEqual(f.failures, ['poller.stuck']);
  t.is(holder(f), '');
});

test('a trial read that ignores being cancelled is stuck too', async (t) => {
  const f = poller(({ wire }) => wire.script('source.page', hangs, ignoresAll));
  const serving = f.begin();
  await f.clock.advance(20 * MINUTE + 30 * SECOND + 6 * MINUTE);
  t.deepEqual(await serving, { isStuck: true });
});

test('work that ignores the end of a shutdown does not keep the process: it is stuck five seconds later', async (t) => {
  const f = poller(({ wire }) => wire.script('source.page', ignoresAll));
  const serving = f.begin();
  await f.clock.advance(SECOND);
  f.stop();
  f.abort();
  await f.clock.advance(5 * SECOND);
  t.deepEqual(await serving, { isStuck: true });
});

test('where one stream is stuck the others come to a clean end, and a defect comes out as it is', async (t) => {
  const f = poller(({ wire }) => wire.script('source.page', ignoresAll));
  const other = fixture({ autoAdvance: false });
  other.state.checkpoints.set('conversations', CHECKPOINT);
  const { cycle, ticker } = other;
  const healthy: Worker = { ...f.worker, cycle, leaseManager: other.leaseManagerOf('host-a'), ticker };
  const serving = serveAll([f.worker, healthy], f.signals, f.stop);
  for (let minutes = 0; minutes < 21; minutes += 3) {
    await Promise.all([f.clock.advance(3 * MINUTE), other.clock.advance(3 * MINUTE)]);
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
  const f = poller();
  const serving = f.begin();
  await f.clock.advance(MINUTE);
  f.clock.pause(5 * 60 * MINUTE);
  await f.clock.advance(0);
  t.deepEqual(f.logged('lease.released'), []);
  t.is(f.logged('lease.lost').length, 1);
  f.stop();
  await serving;
});

test('a renewal that hangs for ever does not keep the lease, nor the poller from going on', async (t) => {
  const f = poller(({ wire }) => wire.script('lease.write', undefined, ignoresAll));
  const serving = f.begin();
  await f.clock.advance(MINUTE);
  t.is(f.logged('lease.lost').length, 1);
  t.is(f.logged('lease.acquired').length, 2);
  f.stop();
  await serving;
});

test('a release that hangs is given up when the lease has ended by itself', async (t) => {
  const f = poller(({ wire }) => wire.script('source.page', hangs));
  const serving = f.begin();
  await f.clock.advance(20 * MINUTE - SECOND);
  f.wire.always('lease.write', ignoresAll);
  await f.clock.advance(31 * SECOND);
  t.is(f.logged('lease.releaseFailed').length, 1);
  f.stop();
  await serving;
});

test('a lease that is given up is released even where it would be kept', async (t) => {
  const { clock, state, log, ...f } = poller(({ wire }) => wire.script('source.page', hangs));
  const leaseManager = new (await import('../../src/lease/lease-manager.ts')).LeaseManager({
    ...{ state, stream: 'conversations', holder: 'host-a', durationMs: 30_000, clock, log },
    keepsLease: () => true,
  });
  Object.assign(f.worker, { leaseManager });
  const serving = f.begin();
  await clock.advance(20 * MINUTE);
  t.is(holder({ state }), '');
  f.stop();
  await serving;
});

test('polled once, a hung cycle is a failure, and its lease is released', async (t) => {
  for (const hang of [hangs, ignoresAll]) {
    const f = poller(({ wire }) => wire.script('source.page', hang));
    const outcome = pollOnce(f.worker, f.signals);
    await f.clock.advance(21 * MINUTE);
    t.is((await outcome).status, 'failed');
    t.is(holder(f), '');
  }
});

/** A poller of which the companion hangs. */
async function companionHangs(t: ExecutionContext, hang: typeof hangs) {
  const f = poller(({ wire }) => wire.script('source.page', undefined, undefined, hang));
  const companion: Worker = {
    ...f.worker,
    cycle: { ...f.worker.cycle, stream: { ...f.worker.cycle.stream, name: 'reconciliation' } },
    leaseManager: new (await import('../../src/lease/lease-manager.ts')).LeaseManager({
      ...{ state: f.state, stream: 'reconciliation', holder: 'host-a', durationMs: 30_000 },
      ...{ clock: f.clock, log: f.log },
    }),
    ticker: { next: (signal) => f.clock.sleep(5 * MINUTE, signal), due: () => undefined },
  };
  f.state.checkpoints.set('reconciliation', CHECKPOINT);
  Object.assign(f.worker, {
    companion,
    ticker: { due: () => undefined, next: (signal: AbortSignal) => f.clock.sleep(MINUTE, signal) },
  });
  const serving = f.begin();
  await f.clock.advance(20 * MINUTE);
  t.like(f.logged('cycle.completed').at(-1), { stream: 'conversations' });
  return { ...f, serving };
}

test('a companion that hangs loses its own lease only, and comes back', async (t) => {
  const f = await companionHangs(t, hangs);
  t.deepEqual(
    f.logged('lease.released').map(({ stream }) => stream),
    ['reconciliation'],
  );
  await f.clock.advance(MINUTE);
  t.is(f.logged('cycle.completed').filter(({ stream }) => stream === 'reconciliation').length, 1);
  t.is(holder(f), 'host-a');
  f.stop();
  await f.serving;
});

test('a companion that is stuck ends the poller above it cleanly, and both leases are free', async (t) => {
  const f = await companionHangs(t, ignoresAll as typeof hangs);
  await f.clock.advance(MINUTE);
  t.deepEqual(await f.serving, { isStuck: true });
  t.deepEqual(
    ['conversations', 'reconciliation'].map((stream) => f.state.leases.get(stream)?.holder),
    ['', ''],
  );
});
