import test from 'ava';
import fc from 'fast-check';
import { type AuditOptions, type AuditProgress, audit, MAX_LISTED } from '../../src/audit/audit.ts';
import { EVENT_TYPES } from '../../src/domain/catalogue.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { BackfillRun, StoredDeadLetter } from '../../src/ports/state-store.ts';
import { JobReader } from '../../src/streams/job-reader.ts';
import { at, DAY, fixture, HOUR, MINUTE } from '../pipeline/fixture.ts';
import { FakeJobs } from '../support/fake-jobs.ts';
import { testContext } from '../support/request-context.ts';
import { fails, leavesUnread, trouble } from '../support/wire.ts';

const YESTERDAY = { start: at('00:00') - DAY, end: at('00:00') };

/** A conversation that lasts from one hour of yesterday to another and yields an event at both ends. */
const callOf = (conversationId: string, from: number, to: number) => ({
  conversationId,
  conversationStart: new Date(YESTERDAY.start + from * HOUR).toISOString(),
  conversationEnd: new Date(YESTERDAY.start + to * HOUR).toISOString(),
  originatingDirection: 'outbound',
});
type Call = ReturnType<typeof callOf>;

const rememberedFor = (ttl: number) => async () => [{ from: 0, ttl }];

/** A lake of these calls. Conversations have been polled live for a week, and up to five to ten of today. */
function desk(calls: readonly Call[] = []) {
  const f = fixture();
  const jobs = new FakeJobs(f.clock);
  jobs.availableUntil = at('06:00');
  jobs.pagesOf = ({ start, end }) => {
    const lives = (one: Call) => Date.parse(one.conversationStart) < end && Date.parse(one.conversationEnd) >= start;
    return [{ conversations: calls.filter(lives) }];
  };
  const checkpoint = { watermark: at('09:55'), origin: at('00:00') - 7 * DAY, fence: 1, updatedAt: at('09:56') };
  f.state.checkpoints.set('conversations', checkpoint);
  const deadLetters = new Map<string, StoredDeadLetter[]>();
  const latest: { run?: BackfillRun } = {};
  const progress: AuditProgress[] = [];
  const { clock, time, deduplicator } = f;
  const state: AuditOptions['state'] = {
    readCheckpoint: (...args) => f.state.readCheckpoint(...args),
    readBackfillRun: async () => latest.run,
    async *deadLetters(stream) {
      yield* deadLetters.get(stream) ?? [];
    },
  };

  const run = (more: Partial<AuditOptions> = {}, signal?: AbortSignal) =>
    audit(
      {
        period: YESTERDAY,
        jobs,
        reader: new JobReader({ jobs, clock, log: f.log, stream: 'backfill' }),
        state,
        deduplicator,
        time,
        scope: 'outbound',
        phoneNumbers: 'mask',
        include: new Set(EVENT_TYPES),
        history: rememberedFor(7 * DAY),
        isLiveEnabled: true,
        onProgress: (one) => void progress.push(one),
        ...more,
      },
      testContext(signal),
    );
  /** The figures that are not zero. */
  const figuresOf = async (more: Partial<AuditOptions> = {}) =>
    Object.fromEntries(Object.entries((await run(more)).count.total).filter(([, figure]) => figure > 0));
  /** What is missing: conversation and hour of yesterday. */
  const missingOf = async (more: Partial<AuditOptions> = {}) =>
    (await run(more)).missing.map(
      ({ conversationId, timestamp }) => `${conversationId} ${(timestamp - YESTERDAY.start) / HOUR}`,
    );
  const remember = (id: string, forMs = DAY) =>
    f.table.items.set(id, { id, expiresAt: Math.floor((clock.now() + forMs) / 1000) });
  /** Remembers all that is missing, as if it had been published. */
  const publish = async () => {
    for (const { id } of (await run()).missing) remember(id);
  };
  return { ...f, jobs, deadLetters, latest, progress, run, figuresOf, missingOf, remember, publish };
}

const failureOf = async (promise: Promise<unknown>): Promise<Failure> => {
  const thrown = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  if (thrown instanceof Failure) return thrown;
  throw new Error(`threw ${thrown}`);
};

test('what is remembered was published, what is not is missing, and only the period counts: its first millisecond, not its end', async (t) => {
  const d = desk([
    callOf('before', -3, -1),
    callOf('first', -1, 0),
    callOf('inside', 5, 7),
    callOf('last', 23, 24),
    callOf('long', -30, 30),
  ]);
  t.deepEqual(await d.missingOf(), ['first 0', 'inside 5', 'inside 7', 'last 23']);
  await d.publish();
  const [, inside] = [...d.table.items.keys()];
  d.table.items.delete(inside ?? '');
  const { count, missing } = await d.run();
  t.like(count.total, { published: 3, missing: 1 });
  t.deepEqual(missing, [
    {
      id: inside ?? '',
      eventType: 'conversationStarted',
      timestamp: YESTERDAY.start + 5 * HOUR,
      conversationId: 'inside',
    },
  ]);
});

test('whatever conversations there are, and whatever of them is remembered: each event of the period counts once, as what it is', async (t) => {
  const hour = fc.integer({ min: -8, max: 32 });
  const calls = fc.uniqueArray(fc.tuple(fc.uuid(), hour, hour), { maxLength: 12, selector: ([id]) => id });
  await fc.assert(
    fc.asyncProperty(calls, fc.infiniteStream(fc.boolean()), async (drawn, isRemembered) => {
      const lives = drawn.map(([id, a, b]) => [id, Math.min(a, b), Math.max(a, b)] as const);
      const d = desk(lives.map(([id, from, to]) => callOf(id, from, to)));
      const events = lives.flatMap(([id, ...ends]) => ends.map((end) => [id, end] as const));
      const expected = events.filter(([, end]) => end >= 0 && end < 24).map(([id, end]) => `${id} ${end}`);
      t.deepEqual([...(await d.missingOf())].sort(), expected.sort());
      const left = new Set<string>();
      for (const { id } of (await d.run()).missing) {
        if (isRemembered.next().value) d.remember(id);
        else left.add(id);
      }
      const { count, missing } = await d.run();
      t.deepEqual(new Set(missing.map(({ id }) => id)), left);
      t.like(count.total, { missing: left.size, published: expected.length - left.size });
    }),
    { numRuns: 40 },
  );
});

test('nothing is written, nothing published, no lease taken', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  await d.run();
  t.deepEqual([...new Set(d.wire.names)].sort(), ['checkpoint.read', 'ids.read']);
});

test('a conversation that lives through many windows, or comes twice, is counted once', async (t) => {
  const d = desk([callOf('long', 1, 23), callOf('long', 1, 23), callOf('short', 5, 6)]);
  t.deepEqual(await d.figuresOf(), { missing: 4 });
  t.true(d.jobs.of('submit').length >= 5);
});

test('a piece that has to be read again counts once', async (t) => {
  const d = desk([callOf('c', 1, 2)]);
  const { pagesOf } = d.jobs;
  let torn = true;
  d.jobs.pagesOf = (window) => {
    if (!torn) return pagesOf(window);
    torn = false;
    return [...pagesOf(window), ...pagesOf(window)];
  };
  d.jobs.script('results', undefined, () => Promise.reject(trouble('genesys.job')));
  t.deepEqual(await d.figuresOf(), { missing: 2 });
  t.deepEqual(d.jobs.of('submit').slice(0, 3), ['18T23:00–19T05:00', '18T23:00–19T02:00', '19T02:00–19T05:00']);
});

test('an ID whose ttl has passed is not remembered, deleted or not', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  for (const { id } of (await d.run()).missing) d.remember(id, -1_000);
  t.deepEqual(await d.figuresOf(), { missing: 2 });
});

test('IDs that DynamoDB was too busy for are asked for again', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  await d.publish();
  d.wire.script('ids.read', leavesUnread(1), leavesUnread(1));
  t.deepEqual(await d.figuresOf(), { published: 2 });
});

test('what is outside of the scope, or of a type that is not wanted, does not count', async (t) => {
  const d = desk([callOf('c', 5, 7), { ...callOf('i', 5, 7), originatingDirection: 'inbound' }]);
  t.deepEqual(await d.missingOf({ include: new Set(['conversationEnded'] as const) }), ['c 7']);
});

test('the audit stops where the data lake is not complete yet', async (t) => {
  const d = desk([callOf('c', 5, 7), callOf('late', 9, 20)]);
  d.jobs.availableUntil = YESTERDAY.start + 12 * HOUR;
  const result = await d.run();
  t.deepEqual(result.audited, { start: YESTERDAY.start, end: YESTERDAY.start + 12 * HOUR });
  t.is(result.guaranteed, YESTERDAY.start + 12 * HOUR);
  t.is(result.count.total.missing, 3);
  t.is(d.jobs.of('submit').at(-1), '19T11:00–19T12:00');
});

test('nothing is read of a period that the lake does not hold at all, and the message says up to where it does', async (t) => {
  const d = desk();
  d.jobs.availableUntil = YESTERDAY.start;
  const { code, message } = await failureOf(d.run());
  t.is(code, 'audit.tooRecent');
  t.regex(message, /complete only up to 2026-11-19T00:00:00\.000Z.*--from before 2026-11-19T00:00:00\.000Z/);
  t.deepEqual(d.jobs.of('submit'), []);
});

test('what the live stream has not come to is not due yet; one that has stood still for an hour is not waited for', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  const checkpoint = { watermark: YESTERDAY.start + 6 * HOUR, origin: 0, fence: 1, updatedAt: at('09:56') };
  d.state.checkpoints.set('conversations', checkpoint);
  t.deepEqual(await d.figuresOf(), { missing: 1, notDue: 1 });
  t.is((await d.run()).limits.watermark, checkpoint.watermark);
  d.state.checkpoints.set('conversations', { ...checkpoint, updatedAt: at('08:00') });
  t.deepEqual(await d.figuresOf(), { missing: 2 });
});

test('where nothing is polled live, what reconciliation has not come to is not due yet, however long it stands still', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  d.state.checkpoints.clear();
  const checkpoint = { watermark: YESTERDAY.start + 6 * HOUR, origin: 0, fence: 1, updatedAt: at('03:00') };
  d.state.checkpoints.set('reconciliation', checkpoint);
  t.deepEqual(await d.figuresOf({ isLiveEnabled: false }), { missing: 1, notDue: 1 });
  d.state.checkpoints.clear();
  t.deepEqual(await d.figuresOf({ isLiveEnabled: false }), { beforeBeginning: 2 });
});

test('what lies before the poller began is not missing, unless a backfill of it was completed', async (t) => {
  const d = desk([callOf('a', 2, 3), callOf('c', 5, 7)]);
  const checkpoint = { watermark: at('09:55'), origin: YESTERDAY.start + 6 * HOUR, fence: 1, updatedAt: at('09:56') };
  d.state.checkpoints.set('conversations', checkpoint);
  t.deepEqual(await d.figuresOf(), { beforeBeginning: 3, missing: 1 });

  const period = { start: YESTERDAY.start, end: YESTERDAY.start + 4 * HOUR };
  const runUpTo = (watermark: number) => ({ period, checkpoint: { ...checkpoint, watermark }, earlier: [] });
  d.latest.run = runUpTo(period.end - 1);
  t.deepEqual(await d.figuresOf(), { beforeBeginning: 3, missing: 1 });
  d.latest.run = runUpTo(period.end);
  t.deepEqual(await d.figuresOf(), { beforeBeginning: 1, missing: 3 });
});

test('a hole in the period of an earlier backfill is missing, whatever was backfilled since', async (t) => {
  const d = desk([callOf('a', 2, 3), callOf('c', 5, 7)]);
  const checkpoint = { watermark: at('09:55'), origin: at('00:00'), fence: 1, updatedAt: at('09:56') };
  d.state.checkpoints.set('conversations', checkpoint);
  const period = { start: YESTERDAY.start + 6 * HOUR, end: YESTERDAY.start + 8 * HOUR };
  const run = { period, checkpoint: { ...checkpoint, watermark: period.start } };
  d.latest.run = { ...run, earlier: [] };
  t.deepEqual(await d.figuresOf(), { beforeBeginning: 4 });
  const earlier = [{ start: YESTERDAY.start, end: YESTERDAY.start + 4 * HOUR }];
  d.latest.run = { ...run, earlier };
  t.deepEqual(await d.figuresOf(), { beforeBeginning: 2, missing: 2 });
});

test('the earlier origin of the two looks is when the poller began', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  const checkpoint = { watermark: at('05:00'), origin: YESTERDAY.start + 6 * HOUR, fence: 1, updatedAt: at('09:56') };
  d.state.checkpoints.set('reconciliation', checkpoint);
  t.deepEqual(await d.figuresOf(), { missing: 2 });
});

test('what is older than the deduplication period, less its day of margin, is uncertain', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  // It is ten o'clock: remembered since yesterday, six o'clock.
  const { limits, count } = await d.run({ history: rememberedFor(2 * DAY + 4 * HOUR) });
  t.is(limits.rememberedSince, YESTERDAY.start + 6 * HOUR);
  t.like(count.total, { tooOld: 1, missing: 1 });
});

test('how old is too old goes with the clock while the audit takes its time', async (t) => {
  const d = desk([callOf('a', 5, 7), callOf('b', 15, 16)]);
  const history = rememberedFor(2 * DAY + 4 * HOUR);
  t.like((await d.run({ history })).count.total, { tooOld: 1, missing: 3 });
  d.jobs.script('look', undefined, undefined, () => d.clock.sleep(11 * HOUR));
  t.like((await d.run({ history })).count.total, { tooOld: 3, missing: 1 });
});

test('dead letters are counted as such, whichever stream stored them; records and those of other times are not', async (t) => {
  const d = desk([callOf('a', 1, 2), callOf('b', 3, 4), callOf('c', 5, 6)]);
  const stored = { reason: '', attempts: 1, content: '', firstSeenAt: at('09:58'), recordedAt: at('09:58') };
  const deadLetters = (await d.run()).missing.map(
    ({ id, timestamp: time }) => ({ ...stored, id, time, kind: 'event' }) as const,
  );
  const [a, b, c, other, malformedRecord] = deadLetters;
  if (!a || !b || !c || !other || !malformedRecord) throw new Error('fewer than five events are missing');
  d.deadLetters.set('conversations', [a, { ...other, time: YESTERDAY.end }, { ...malformedRecord, kind: 'record' }]);
  d.deadLetters.set('reconciliation', [b]);
  d.deadLetters.set('backfill', [c]);
  t.deepEqual(await d.figuresOf(), { deadLetter: 3, missing: 3 });
});

test('pieces in which no event could be identified are counted apart, each once', async (t) => {
  const malformedPiece = { ...callOf('long', 1, 23), conversationStart: 'yesterday' };
  const d = desk([callOf('c', 5, 7)]);
  const { pagesOf } = d.jobs;
  d.jobs.pagesOf = (window) => [...pagesOf(window), { conversations: [malformedPiece] }];
  const { malformed, count } = await d.run();
  t.is(malformed, 1);
  t.is(count.total.missing, 3);
});

test('all that is missing is counted and passed on page by page, however much it is; so much is kept', async (t) => {
  const many = Array.from({ length: MAX_LISTED / 2 + 60 }, (_, n) => callOf(`c${n}`, 5, 6));
  const d = desk(many);
  const given: string[] = [];
  const { count, missing } = await d.run({
    onMissing: async (events) => void given.push(...events.map(({ id }) => id)),
  });
  t.is(count.total.missing, MAX_LISTED + 120);
  t.is(missing.length, MAX_LISTED);
  t.is(new Set(given).size, MAX_LISTED + 120);
  t.deepEqual(
    missing.map(({ id }) => id),
    given.slice(0, MAX_LISTED),
  );
});

test('the next page is not read before what is missing of this one has been dealt with, and a failure of that ends the audit', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  const onMissing = async () => {
    throw trouble('bus.denied');
  };
  t.is((await failureOf(d.run({ onMissing }))).code, 'bus.denied');
  t.deepEqual(d.jobs.of('submit').at(-1), '19T05:00–19T11:00');
});

test('what cannot be read is left out at once, and the result names it as one span', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  const readable = d.jobs.pagesOf;
  const [from, to] = [YESTERDAY.start + 9 * HOUR, YESTERDAY.start + 10 * HOUR];
  d.jobs.pagesOf = (window) => {
    if (window.start < to && window.end > from) throw trouble('genesys.tooLarge');
    return readable(window);
  };
  const { unread, count } = await d.run();
  t.is(count.total.missing, 2);
  t.is(unread.length, 1);
  const [gap] = unread;
  t.true(gap !== undefined && gap.start <= from && gap.start > from - 2 * MINUTE);
  t.true(gap !== undefined && gap.end >= to && gap.end < to + 2 * MINUTE);
  d.jobs.pagesOf = readable;
  t.deepEqual((await d.run()).unread, []);
});

test('progress is reported with every page and window', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  await d.run();
  t.deepEqual(d.progress[0], { fraction: 0, at: YESTERDAY.start, events: 0, missing: 0 });
  t.deepEqual(d.progress.at(-1), { fraction: 1, at: YESTERDAY.end, events: 2, missing: 2 });
  const fractions = d.progress.map(({ fraction }) => fraction);
  t.deepEqual(fractions, [...fractions].sort());
});

test('a dependency that fails ends the audit with its failure, and so does the signal', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  d.jobs.script('availability', fails(trouble('genesys.permission')));
  t.is((await failureOf(d.run())).code, 'genesys.permission');
  d.wire.script('ids.read', fails(trouble('table.missing')));
  t.is((await failureOf(d.run())).code, 'table.missing');

  const ending = new AbortController();
  const reason = new Error('enough');
  const run = d.run({ onMissing: async () => ending.abort(reason) }, ending.signal);
  t.is(await t.throwsAsync(run), reason);
});
