import test from 'ava';
import type { CycleOptions } from '../../src/pipeline/cycle.ts';
import { FairSemaphore } from '../../src/pipeline/fair-semaphore.ts';
import type { Checkpoint } from '../../src/ports/state-store.ts';
import { answerLost, during, fails, hangs, refuses, trouble } from '../support/wire.ts';
import {
  at,
  CHECKPOINT,
  conversation,
  conversations,
  DAY,
  type Fixture,
  fixture,
  MINUTE,
  oneCycle,
  raisable,
  span,
} from './fixture.ts';

/** A cycle from 09:50 on, with a held lease of fence 1, unless the test says otherwise. */
function cycleOf(
  f: Fixture,
  more: {
    options?: Partial<CycleOptions>;
    checkpoint?: Partial<Checkpoint>;
    heldLease?: ReturnType<Fixture['heldLeaseOf']>;
    signals?: ReturnType<typeof raisable>['signals'];
  } = {},
) {
  const { options, checkpoint, heldLease = f.heldLeaseOf(), signals = raisable().signals } = more;
  return oneCycle({ ...f.cycle, ...options }, { ...CHECKPOINT, ...checkpoint }, heldLease, signals);
}

const serve = (f: Fixture, ...pages: readonly (readonly unknown[])[]) => {
  f.source.pagesOf = () => pages;
};
const moved = (f: Fixture) => f.state.checkpoints.get('conversations')?.watermark;

test('IDs are read, events published, IDs recorded, then the checkpoint moves — in this order', async (t) => {
  const f = fixture();
  serve(f, [conversation('c1')]);
  t.like(await cycleOf(f), { status: 'completed', caughtUp: true });
  t.deepEqual(f.wire.names, ['source.page', 'ids.read', 'bus.put', 'ids.write', 'checkpoint.write']);
  t.deepEqual(f.published(), ['c1']);
});

test('the window reaches from the checkpoint less the overlap to now less the settling time, where the checkpoint moves', async (t) => {
  const f = fixture();
  serve(f, []);
  const outcome = await cycleOf(f);
  t.deepEqual(f.wire.sent('source.page').map(span), ['09:45–09:59']);
  const next = { watermark: at('09:59'), origin: at('00:00'), rereadTo: at('09:59'), fence: 1, updatedAt: at('10:00') };
  t.deepEqual(f.wire.sent('checkpoint.write'), [next]);
  t.deepEqual(outcome, { status: 'completed', checkpoint: next, isStored: true, caughtUp: true });
});

test('a window without any event moves the checkpoint all the same', async (t) => {
  const f = fixture();
  await cycleOf(f);
  t.is(moved(f), at('09:59'));
});

test('while there is nothing to read yet, nothing happens at all', async (t) => {
  const f = fixture();
  t.deepEqual(await cycleOf(f, { checkpoint: { watermark: at('09:59') } }), { status: 'idle' });
  f.clock.step(-11 * MINUTE);
  t.deepEqual(await cycleOf(f), { status: 'idle' });
  t.deepEqual(f.wire.names, []);
  t.deepEqual(f.log.lines, []);
});

test('a checkpoint that is ahead of the trusted time is a failure with a remedy, not an idle stream', async (t) => {
  const f = fixture();
  f.source.now = async () => at('09:00');
  t.like(await cycleOf(f), {
    status: 'failed',
    failure: { code: 'checkpoint.ahead', fields: { aheadSeconds: 3_000 } },
  });
  const [line] = f.logged('cycle.failed');
  t.regex(line?.msg ?? '', /checkpoint set conversations TIME/);
  t.deepEqual(f.wire.names, []);
  f.source.now = async () => at('09:49');
  t.deepEqual(await cycleOf(f), { status: 'idle' });
});

test('lag is measured by the trusted time, not by the clock of a host that runs ahead', async (t) => {
  const f = fixture();
  const now = at('09:55');
  f.source.now = async () => now;
  await cycleOf(f, { options: { time: { now: () => now, latest: () => f.clock.now() } } });
  t.like(f.logged('cycle.completed'), [{ watermark: '2026-11-20T09:54:00.000Z', lagSeconds: 60 }]);
});

test('what a shorter dedup.ttl forgot is too old, whatever dedup.ttl is today', async (t) => {
  const f = fixture();
  serve(f, [conversation('forgotten', '09:54:59.999'), conversation('known', '09:55:00.000')]);
  const history = [{ from: at('09:55'), ttl: 30 * DAY }];
  await cycleOf(f, { options: { dedupHistoryReader: { current: async () => history } } });
  t.deepEqual(f.published(), ['known']);
  t.like(f.logged('cycle.completed'), [{ published: 1, tooOld: 1 }]);
});

test('nothing is published while it is unknown what is remembered', async (t) => {
  const f = fixture();
  serve(f, [conversation('c1')]);
  const current = () => Promise.reject(trouble('table.unavailable'));
  t.like(await cycleOf(f, { options: { dedupHistoryReader: { current } } }), { status: 'failed' });
  t.deepEqual(f.published(), []);
  t.deepEqual(f.wire.names, []);
});

test('a long gap is read in its oldest slice first, and is not caught up by it', async (t) => {
  const f = fixture();
  serve(f, []);
  t.like(await cycleOf(f, { checkpoint: { watermark: at('06:00') } }), { status: 'completed', caughtUp: false });
  t.deepEqual(f.wire.sent('source.page').map(span), ['05:55–06:55']);
  t.is(moved(f), at('06:55'));
  t.like(f.logged('cycle.completed'), [{ caughtUp: false, lagSeconds: 3 * 3600 + 5 * 60 }]);
});

test('a completed cycle tells what it did in one line', async (t) => {
  const f = fixture();
  f.wire.script(
    'bus.put',
    refuses('MalformedDetail', ({ event }) => event.data.conversationId === 'poison'),
  );
  serve(
    f,
    [conversation('c1'), conversation('c2'), conversation('c1')],
    [
      conversation('poison'),
      conversation('old', '00:00:00.000'),
      { ...conversation('other'), originatingDirection: 'inbound' },
    ],
  );
  await cycleOf(f, { checkpoint: { origin: at('00:00') + 1 } });
  t.deepEqual(f.logged('cycle.completed'), [
    {
      level: 'info',
      event: 'cycle.completed',
      msg: 'Published 2 events of conversations',
      stream: 'conversations',
      windowStart: '2026-11-20T09:45:00.000Z',
      windowEnd: '2026-11-20T09:59:00.000Z',
      watermark: '2026-11-20T09:59:00.000Z',
      lagSeconds: 60,
      conversations: 5,
      derived: 5,
      duplicates: 1,
      tooOld: 1,
      tooLate: 0,
      published: 2,
      suppressed: 0,
      deadLettered: 1,
      genesysRequests: 2,
      genesysThrottled: 0,
      putEventsCalls: 1,
      dynamoCalls: 4,
      durationMs: 0,
      caughtUp: true,
    },
  ]);
});

test('the line says how much of the request budget is in use, how long throttling took, and when the next poll is due', async (t) => {
  const f = fixture();
  let throttled = 500;
  f.wire.script(
    'source.page',
    during(() => {
      throttled += 2_000;
    }),
  );
  serve(f, [conversation('c1')]);
  const budget = { share: () => 1 / 3, throttledMs: () => throttled };
  await cycleOf(f, { options: { budget, nextDue: () => at('10:00:30') } });
  t.like(f.logged('cycle.completed'), [
    {
      budgetShare: 0.33,
      throttledMs: 2_000,
      nextDue: '2026-11-20T10:00:30.000Z',
      windowEnd: '2026-11-20T09:59:00.000Z',
    },
  ]);
});

test('a cycle that fails says so too, and one without a budget or a schedule says nothing of them', async (t) => {
  const f = fixture();
  serve(f, []);
  f.wire.script('source.page', fails(trouble('genesys.throttled')));
  await cycleOf(f, { options: { budget: { share: () => 1, throttledMs: () => 0 }, nextDue: () => undefined } });
  const [line = {}] = f.logged('cycle.failed');
  t.like(line, { budgetShare: 1, throttledMs: 0 });
  t.false('nextDue' in line);
  await cycleOf(f);
  t.false('budgetShare' in (f.logged('cycle.completed')[0] ?? {}));
});

test('tooOld is counted exactly at the boundary of the origin', async (t) => {
  const f = fixture();
  serve(f, [conversation('old', '08:59:59.999'), conversation('young', '09:00:00.000')]);
  await cycleOf(f, { checkpoint: { origin: at('09:00') } });
  t.deepEqual(f.published(), ['young']);
  t.like(f.logged('cycle.completed'), [{ tooOld: 1, derived: 2, published: 1 }]);
});

test('tooOld is counted exactly at the boundary of the deduplication period, a day short of dedup.ttl', async (t) => {
  const f = fixture();
  const before = (ms: number) => new Date(at('10:00') - ms).toISOString();
  serve(f, [
    { ...conversation('forgotten'), conversationStart: before(6 * DAY + 1) },
    { ...conversation('remembered'), conversationStart: before(6 * DAY) },
  ]);
  await cycleOf(f, { checkpoint: { origin: 0 } });
  t.deepEqual(f.published(), ['remembered']);
  t.like(f.logged('cycle.completed'), [{ tooOld: 1 }]);
});

test('what is too old is counted once, however often it is met, and a known event is not too old', async (t) => {
  const f = fixture();
  serve(f, [conversation('old', '08:00:00.000'), conversation('c1', '09:55:00.000')]);
  await cycleOf(f, { checkpoint: { origin: at('09:00') } });
  // Another beginning of the same stream.
  f.state.checkpoints.clear();
  await cycleOf(f, { checkpoint: { origin: at('09:59') } });
  t.like(f.logged('cycle.completed'), [
    { derived: 2, tooOld: 1, duplicates: 0, published: 1 },
    { derived: 2, tooOld: 0, duplicates: 2, published: 0 },
  ]);
});

test('what events.include leaves out is neither published nor counted', async (t) => {
  const f = fixture();
  serve(f, [{ ...conversation('c1'), conversationEnd: '2026-11-20T09:58:00.000Z' }]);
  await cycleOf(f, { options: { include: new Set(['conversationEnded']) } });
  t.deepEqual(
    f.bus.accepted.map((entry) => entry.event.eventType),
    ['conversationEnded'],
  );
  t.like(f.logged('cycle.completed'), [{ derived: 1, published: 1 }]);
});

test('a record that cannot be identified becomes a dead letter, and the page and the checkpoint go on', async (t) => {
  const f = fixture();
  serve(f, [{ conversationStart: 'x' }, null, conversation('c1')]);
  t.like(await cycleOf(f), { status: 'completed' });
  t.is(f.state.deadLetters.size, 2);
  t.deepEqual(f.published(), ['c1']);
  t.like(f.logged('cycle.completed'), [{ deadLettered: 2, published: 1 }]);
});

test('a record that makes deriving throw becomes a dead letter, and the page and the checkpoint go on', async (t) => {
  const f = fixture();
  serve(f, [conversation('c1'), conversation('poison'), conversation('c2')]);
  const { stream } = f.cycle;
  const derive: typeof stream.derive = (record) => {
    if ((record as { conversationId: string }).conversationId === 'poison') throw new Error('never thought of');
    return stream.derive(record);
  };
  t.like(await cycleOf(f, { options: { stream: { ...stream, derive } } }), { status: 'completed' });
  t.deepEqual(f.published(), ['c1', 'c2']);
  t.like([...f.state.deadLetters.values()], [{ kind: 'record', reason: 'deriving failed: Error: never thought of' }]);
  t.like(f.logged('cycle.completed'), [{ deadLettered: 1, published: 2 }]);
});

test('if a malformed record cannot be stored the checkpoint stays', async (t) => {
  const f = fixture();
  f.wire.always('deadLetter.put', fails(trouble('table.unavailable')));
  serve(f, [conversation('c1'), { conversationStart: 'x' }]);
  t.like(await cycleOf(f), { status: 'failed', failure: { code: 'table.unavailable' } });
  t.is(moved(f), undefined);
  t.deepEqual(f.published(), ['c1']);
});

test('a crash between publish and record repeats, never loses', async (t) => {
  const f = fixture();
  serve(f, conversations(25));
  f.wire.script('ids.write', fails(new Error('the process was killed here')));
  t.like(await cycleOf(f), { status: 'failed' });
  const restarted = fixture();
  serve(restarted, conversations(25));
  t.like(await cycleOf(restarted), { status: 'completed' });
  const [before, after] = [f, restarted].map((one) => new Set(one.bus.acceptedIds));
  t.deepEqual(after, before);
});

test('a crash between record and checkpoint neither repeats nor loses', async (t) => {
  const f = fixture();
  serve(f, conversations(25));
  f.wire.script('checkpoint.write', fails(new Error('the process was killed here')));
  t.like(await cycleOf(f), { status: 'failed' });
  const restarted = fixture();
  for (const [id, item] of f.table.items) restarted.table.items.set(id, item);
  serve(restarted, conversations(25));
  t.like(await cycleOf(restarted), { status: 'completed' });
  t.is(f.bus.accepted.length, 25);
  t.is(restarted.bus.accepted.length, 0);
});

test('an event on the bus whose ID could not be recorded is not repeated by this process: its ID is recorded first', async (t) => {
  const f = fixture();
  serve(f, conversations(30));
  f.wire.script('ids.write', fails(trouble('table.unavailable')), fails(trouble('table.unavailable')));
  t.like(await cycleOf(f), { status: 'failed', failure: { code: 'table.unavailable' } });
  t.is(moved(f), undefined);
  t.is(f.bus.accepted.length, 30);
  const calls = f.wire.names.length;
  t.like(await cycleOf(f), { status: 'completed' });
  t.deepEqual(f.wire.names.slice(calls), ['ids.write', 'ids.write', 'source.page', 'checkpoint.write']);
  t.is(f.bus.accepted.length, 30);
  t.is(f.table.items.size, 30);
  await cycleOf(f);
  t.is(f.wire.sent('ids.write').length, 4);
});

test('while IDs cannot be recorded nothing more is published, however long that lasts', async (t) => {
  const f = fixture();
  serve(f, conversations(100));
  f.wire.always('ids.write', fails(trouble('table.denied')));
  await cycleOf(f);
  const published = f.bus.accepted.length;
  for (let cycle = 0; cycle < 120; cycle++) t.like(await cycleOf(f), { status: 'failed' });
  t.is(f.bus.accepted.length, published);
  t.is(moved(f), undefined);

  f.wire.always('ids.write', undefined);
  t.like(await cycleOf(f), { status: 'completed' });
  t.is(f.bus.accepted.length, 100);
  t.is(new Set(f.bus.acceptedIds).size, 100);
});

test('what was read when reading failed is still delivered and the checkpoint stays', async (t) => {
  const f = fixture();
  serve(f, conversations(3), conversations(3, 4), conversations(3, 7));
  f.wire.script('source.page', undefined, undefined, fails(trouble('genesys.unreachable')));
  t.like(await cycleOf(f), { status: 'failed', failure: { code: 'genesys.unreachable' } });
  t.deepEqual(f.published(), ['c1', 'c2', 'c3', 'c4', 'c5', 'c6']);
  t.is(f.table.items.size, 6);
  t.is(moved(f), undefined);
  t.like(f.logged('cycle.failed'), [
    {
      level: 'error',
      code: 'genesys.unreachable',
      published: 6,
      watermark: '2026-11-20T09:50:00.000Z',
      lagSeconds: 600,
      caughtUp: false,
    },
  ]);
});

test('access denied stops the cycle, keeps the checkpoint and names the permission', async (t) => {
  const f = fixture();
  serve(f, conversations(30), conversations(30, 31), conversations(200, 61));
  f.wire.always(
    'bus.put',
    refuses('AccessDeniedException', () => true),
  );
  t.like(await cycleOf(f), { status: 'failed', failure: { code: 'bus.denied' } });
  t.is(moved(f), undefined);
  t.deepEqual(f.published(), []);
  const [line] = f.logged('cycle.failed');
  t.like(line, { code: 'bus.denied', published: 0, deadLettered: 0 });
  t.regex(line?.msg ?? '', /Allow events:PutEvents on the bus test-bus/);
});

test('a defect is a failed cycle like any other, with the stack in its line', async (t) => {
  const f = fixture();
  const defect = new TypeError('x is not a function');
  f.wire.script('source.page', fails(defect));
  serve(f, []);
  t.deepEqual(await cycleOf(f), { status: 'failed', failure: defect });
  t.like(f.logged('cycle.failed'), [{ code: 'defect', stack: defect.stack }]);
});

test('on stop: nothing more is read, what was read is delivered, the checkpoint stays', async (t) => {
  const f = fixture();
  const { signals, stop } = raisable();
  serve(f, conversations(3), conversations(3, 4), conversations(3, 7));
  f.wire.script('source.page', undefined, during(stop));
  t.deepEqual(await cycleOf(f, { signals }), { status: 'interrupted' });
  t.is(f.wire.sent('source.page').length, 2);
  t.deepEqual(f.published(), ['c1', 'c2', 'c3', 'c4', 'c5', 'c6']);
  t.is(f.table.items.size, 6);
  t.is(moved(f), undefined);
  t.like(f.logged('cycle.interrupted'), [{ level: 'info', published: 6, watermark: '2026-11-20T09:50:00.000Z' }]);
});

test('on stop a request to the source that hangs is ended', async (t) => {
  const f = fixture();
  const { signals, stop } = raisable();
  serve(f, conversations(3), []);
  f.wire.script('source.page', undefined, hangs);
  const cycle = cycleOf(f, { signals });
  await new Promise((resolve) => setImmediate(resolve));
  stop();
  t.deepEqual(await cycle, { status: 'interrupted' });
  t.deepEqual(f.published(), ['c1', 'c2', 'c3']);
});

test('what was read when a stop came, but does not get onto the bus, is a failure and not a quiet end', async (t) => {
  const f = fixture();
  const { signals, stop } = raisable();
  serve(f, conversations(3), []);
  f.wire.script('source.page', during(stop));
  f.wire.always(
    'bus.put',
    refuses('AccessDeniedException', () => true),
  );
  t.like(await cycleOf(f, { signals }), { status: 'failed', failure: { code: 'bus.denied' } });
  t.like(f.logged('cycle.failed'), [{ code: 'bus.denied' }]);
});

test('a stop after the last page was read lets the cycle complete', async (t) => {
  const f = fixture();
  const { signals, stop } = raisable();
  serve(f, conversations(3));
  f.wire.script('bus.put', during(stop));
  t.like(await cycleOf(f, { signals }), { status: 'completed' });
  t.is(moved(f), at('09:59'));
});

test('on abort everything is dropped at once, and the checkpoint stays', async (t) => {
  const f = fixture();
  const { signals, stop, abort } = raisable();
  serve(f, conversations(3));
  f.wire.script('bus.put', hangs);
  const cycle = cycleOf(f, { signals });
  await new Promise((resolve) => setImmediate(resolve));
  stop();
  abort();
  t.deepEqual(await cycle, { status: 'interrupted' });
  t.is(moved(f), undefined);
});

test('losing the lease in the middle ends reading and publishing; what was accepted is recorded', async (t) => {
  const f = fixture();
  const heldLease = f.heldLeaseOf(1, 25_000);
  serve(f, conversations(15), conversations(15, 16));
  f.wire.script('bus.put', (work, entries) => {
    heldLease.end('it was taken by host-b');
    return work(entries);
  });
  t.like(await cycleOf(f, { heldLease, options: { sinkPermits: new FairSemaphore(1) } }), {
    status: 'failed',
    failure: { code: 'lease.lost' },
  });
  t.is(f.bus.accepted.length, 10);
  t.is(f.table.items.size, 10);
  t.is(moved(f), undefined);
});

test('a poller that was paused past its time publishes nothing of what it had read before', async (t) => {
  const f = fixture();
  const heldLease = f.heldLeaseOf(1, 25_000);
  serve(f, conversations(3));
  f.wire.script(
    'ids.read',
    during(() => f.clock.pause(60_000)),
  );
  t.like(await cycleOf(f, { heldLease }), { status: 'failed', failure: { code: 'lease.lost' } });
  t.deepEqual(f.wire.sent('bus.put'), []);
});

test('the checkpoint of an earlier fence is refused and ends the lease', async (t) => {
  const f = fixture();
  const heldLease = f.heldLeaseOf(1);
  f.state.checkpoints.set('conversations', { ...CHECKPOINT, fence: 2 });
  t.like(await cycleOf(f, { heldLease }), { status: 'failed', failure: { code: 'lease.lost' } });
  t.true(heldLease.signal.aborted);
  t.deepEqual(f.state.checkpoints.get('conversations'), { ...CHECKPOINT, fence: 2 });
});

test('a checkpoint write whose answer was lost is repeated by the next cycle, over what stands there', async (t) => {
  const f = fixture();
  serve(f, conversations(3));
  f.wire.script('checkpoint.write', answerLost(trouble('table.unavailable')));
  t.like(await cycleOf(f), { status: 'failed' });
  t.like(await cycleOf(f), { status: 'completed' });
  t.is(f.bus.accepted.length, 3);
});

test('metadata says where and when, data says what', async (t) => {
  const f = fixture();
  serve(f, [conversation('c1')]);
  await cycleOf(f);
  const [entry] = f.bus.accepted;
  t.is(entry?.source, 'com.example');
  t.like(JSON.parse(entry?.detail ?? ''), {
    metadata: {
      id: entry?.event.id,
      idempotencyKey: entry?.event.id,
      poller: 'default',
      stream: 'conversations',
      publishedAt: '2026-11-20T10:00:00.000Z',
    },
    data: { conversationId: 'c1', timestamp: '2026-11-20T09:55:00.000Z' },
  });
});

test('a host whose clock runs ahead reads no further than the source has got', async (t) => {
  const f = fixture();
  f.source.now = async () => at('09:55');
  await cycleOf(f);
  t.like(f.logged('cycle.completed'), [{ windowEnd: '2026-11-20T09:54:00.000Z', caughtUp: true }]);
});
