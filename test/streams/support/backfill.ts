import { Failure } from '../../../src/domain/failure.ts';
import { LeaseManager } from '../../../src/lease/lease-manager.ts';
import { Deduplicator } from '../../../src/pipeline/deduplicator.ts';
import type { BackfillRun } from '../../../src/ports/state-store.ts';
import { type BackfillOptions, type BackfillProgress, backfill } from '../../../src/streams/backfill.ts';
import { JobReader } from '../../../src/streams/job-reader.ts';
import { at, DAY, type Fixture, fixture, HOUR, raisable } from '../../pipeline/fixture.ts';
import { FakeJobs } from '../../support/fake-jobs.ts';
import type { FakeStateTable } from '../../support/fakes.ts';
import type { ManualClock } from '../../support/manual-clock.ts';

/** The day before that on which the tests take place. */
export const YESTERDAY = { start: at('00:00') - DAY, end: at('00:00') };

type Runs = BackfillOptions['runs'];

/** The run, beside the checkpoint that the state table knows. */
class FakeRuns implements Runs {
  until: number | undefined;
  selection: string | undefined;
  earlier: BackfillRun['earlier'] = [];
  refuses = false;
  private readonly state: FakeStateTable;

  constructor(state: FakeStateTable) {
    this.state = state;
  }

  async readBackfillRun(): Promise<BackfillRun | undefined> {
    const checkpoint = this.state.checkpoints.get('backfill');
    if (!checkpoint || this.until === undefined) return undefined;
    const { selection, earlier } = this;
    return { period: { start: checkpoint.origin, end: this.until }, selection, checkpoint, earlier };
  }

  async writeBackfillRun({ period, selection, checkpoint, earlier }: BackfillRun) {
    if (this.refuses) return 'refused';
    this.state.checkpoints.set('backfill', checkpoint);
    this.until = period.end;
    this.selection = selection;
    this.earlier = earlier;
    return 'written';
  }
}

/** A conversation that lasts from one hour of yesterday to another and yields an event at both ends. */
export const callOf = (conversationId: string, from: number, to: number) => ({
  conversationId,
  conversationStart: new Date(YESTERDAY.start + from * HOUR).toISOString(),
  conversationEnd: new Date(YESTERDAY.start + to * HOUR).toISOString(),
  originatingDirection: 'outbound',
});
type Call = ReturnType<typeof callOf>;

export function desk(calls: readonly Call[] = [], prepare: (f: Fixture) => void = () => undefined) {
  const f = fixture({ autoAdvance: false });
  const jobs = new FakeJobs(f.clock);
  jobs.availableUntil = at('06:00');
  jobs.pagesOf = ({ start, end }) => {
    const lives = (one: Call) => Date.parse(one.conversationStart) < end && Date.parse(one.conversationEnd) >= start;
    return [{ conversations: calls.filter(lives) }];
  };
  const runs = new FakeRuns(f.state);
  prepare(f);

  /** A process of its own; what earlier ones had only in memory is gone. */
  const start = (more: Partial<BackfillOptions> = {}, holder = 'host-a') => {
    const { table, clock, time, log, state } = f;
    const deduplicator = new Deduplicator({ table, clock, time, ttl: 7 * DAY, cacheSize: 10_000 });
    const signals = raisable();
    const progress: BackfillProgress[] = [];
    const outcome = backfill(
      {
        period: YESTERDAY,
        askedAt: clock.now(),
        allowRepeats: false,
        runs,
        jobs,
        reader: new JobReader({ jobs, clock, log, stream: 'backfill' }),
        scope: 'outbound',
        phoneNumbers: 'mask',
        cycle: { ...f.cycle, deduplicator },
        leaseManager: new LeaseManager({ state, stream: 'backfill', holder, durationMs: 30_000, clock, log }),
        onProgress: (one) => void progress.push(one),
        ...more,
      },
      signals.signals,
    );
    return { ...signals, progress, outcome: whileTimePasses(clock, outcome) };
  };
  /** The events on the bus: conversation and hour of yesterday. */
  const published = () =>
    f.bus.accepted.map(({ event }) => `${event.data.conversationId} ${(event.timestamp - YESTERDAY.start) / HOUR}`);
  const checkpoint = () => f.state.checkpoints.get('backfill');
  return { ...f, jobs, runs, start, published, checkpoint };
}

/** Lets time pass until the promise is settled. */
async function whileTimePasses<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let settled = false;
  const note = () => {
    settled = true;
  };
  promise.then(note, note);
  while (!settled) await clock.advance(500);
  return promise;
}

export const failureOf = async (promise: Promise<unknown>): Promise<Failure> => {
  const thrown = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  if (thrown instanceof Failure) return thrown;
  throw new Error(`threw ${thrown}`);
};

/** The live stream as the state table has it, before a backfill begins. */
export const live = (watermark: number, updatedAt: number) => (f: Fixture) =>
  void f.state.checkpoints.set('conversations', { watermark, origin: 0, fence: 1, updatedAt });
