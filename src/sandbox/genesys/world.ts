import { LRUCache } from 'lru-cache';
import { type Arrival, createArrivals } from './arrivals.ts';
import { createDialerLog, type LogEntry } from './dialer-log.ts';
import type { Fact } from './facts.ts';
import { createFixtures, type Fixtures } from './fixtures.ts';
import { createRandom, type Range } from './random.ts';
import type { ConversationRecord } from './record.ts';
import { type Manner, Recorder } from './recorder.ts';
import { type Recording, recordingOfSnapshots, stepsShown } from './recording.ts';
import type { Latecomers, Scenario } from './scenario.ts';
import { BULK_CALL_MS, bulkCall, STORIES, type StoryKind, USUAL_MIX } from './stories.ts';

/**
 * What world to make. The same options make the same world. Times in epoch milliseconds, durations in
 * milliseconds.
 */
export interface WorldOptions {
  readonly seed: number;
  /** The world's clock; it is only ever read. */
  readonly now: () => number;
  /** When the present begins. Default: now. */
  readonly startAt?: number;
  /** How far back the past reaches. Default 0: there is none. */
  readonly historyMs?: number;
  /** Conversations a minute in the past (default 1), and in the present (default 30). */
  readonly historyPerMinute?: number;
  readonly callsPerMinute?: number;
  /** Entries of the dialer's log a minute. Default 2. */
  readonly logPerMinute?: number;
  /** How long life takes: 1 (the default) is real, calls last minutes; at 0.02 they last seconds. */
  readonly pace?: number;
  /** No conversation begins from here on; see `stopNewCalls`. */
  readonly until?: number;
  /** How long a change takes to show. Default [0, 0]. */
  readonly delayMs?: Range;
  /**
   * Default: a tenth of the codes late, by seconds or by a minute at `pace` 1; 3 % of the agents' codes
   * changed.
   */
  readonly latecomers?: Partial<Latecomers>;
  /** How often each kind of story is played, in place of the usual weights. */
  readonly mix?: Partial<Record<StoryKind, number>>;
  /** How long e-mail conversations last. Default 20 to 75 hours. */
  readonly emailMs?: Range;
  /** Very many minimal calls, evenly spread over [from, to), over and above all others. */
  readonly bulk?: { readonly count: number; readonly from: number; readonly to: number };
}

/**
 * What is kept of a conversation: enough to know whether it matters; the rest is played again when needed.
 */
export interface Outline {
  /** The earliest and latest time its record will ever bear. */
  readonly start: number;
  readonly lastTime: number;
  /** When the last change of it shows. */
  readonly finalAt: number;
  recording(): Recording;
}

/** A contact centre that lives on as its clock does. */
export interface World {
  readonly fixtures: Fixtures;
  /** The dialer's log as it shows at a time, oldest first. */
  logEntriesAt(time: number): LogEntry[];
  /**
   * Of the conversations that have begun by `time` those with times in [from, to), whether they show yet or
   * not.
   */
  between(from: number, to: number, time: number): Outline[];
  /** Every conversation as it shows at a time. */
  recordsAt(time: number): ConversationRecord[];
  /**
   * The ledger: the facts of all that has begun so far, with the time at which each shows, which may be in
   * the future.
   */
  facts(): Iterable<Fact>;
  /** Nothing that is not known yet begins from this time on; what goes on runs to its end. */
  stopNewCalls(at: number): void;
  /**
   * When the last change of all that has begun shows. Once new calls have stopped, nothing changes after it.
   */
  finalAt(): number;
  /** No unknown conversation shows before this time. */
  nextArrival(): number;
  /** A conversation written by hand: what its record shows from which time on, and the facts in it. */
  add(
    snapshots: readonly { readonly at: number; readonly record: ConversationRecord }[],
    facts?: readonly Fact[],
  ): void;
  /** Changes whenever conversations were added by hand. */
  readonly edition: number;
}

/** Recordings that are kept at hand. */
const CACHED_RECORDINGS = 500;

/**
 * Makes a world. Nothing in it happens before it is read; what is seen depends on the options and the
 * clock alone.
 */
export function createWorld(options: WorldOptions): World {
  const { seed, now } = options;
  const startAt = options.startAt ?? now();
  const from = startAt - (options.historyMs ?? 0);
  const pace = options.pace ?? 1;
  const usualEmailMs = options.emailMs ?? ([72_000_000, 270_000_000] as const);
  const fixtures = createFixtures(seed);
  const cached = new LRUCache<number, Recording>({ max: CACHED_RECORDINGS });
  const arrivals = createArrivals({
    seed,
    from,
    startAt,
    pastRate: options.historyPerMinute ?? 1,
    rate: options.callsPerMinute ?? 30,
    mix: { ...USUAL_MIX, ...options.mix },
    pace,
  });
  const delay = options.delayMs ?? [0, 0];
  const dialerLog = createDialerLog({ seed, fixtures, from, perMinute: options.logPerMinute ?? 2, delay });
  const latecomers: Latecomers = {
    share: 0.1,
    by: [
      [5_000 * pace, 20_000 * pace],
      [60_000 * pace, 180_000 * pace],
    ],
    changed: 0.03,
    ...options.latecomers,
  };

  const play = (key: string, start: number, story: (scenario: Scenario) => void, manner: Manner, emailMs: Range) => {
    const random = createRandom(seed, key);
    const recorder = new Recorder(random, manner);
    story({ recorder, random, fixtures, start, pace, latecomers, emailMs });
    return recorder.finish();
  };
  const playOrdinary = ({ index, at, kind, emailEnd }: Arrival): Recording => {
    const known = cached.get(index);
    if (known) return known;
    const random = createRandom(seed, 'manner', index);
    const manner = { delay, wholeSeconds: random.chance(0.1), newestFirst: random.chance(0.3) };
    const emailMs: Range = emailEnd === undefined ? usualEmailMs : [emailEnd - at, emailEnd - at];
    const recording = play(`story ${index}`, at, STORIES[kind], manner, emailMs);
    cached.set(index, recording);
    return recording;
  };
  // Too many to cache, and quickly played again.
  const plain: Manner = { delay: [0, 0], wholeSeconds: false, newestFirst: false };
  const playBulk = (index: number, start: number) => play(`bulk ${index}`, start, bulkCall, plain, usualEmailMs);

  const ordinary: Outline[] = [];
  const bulk = outlineBulk(options.bulk, playBulk);
  const byHand: Outline[] = [];
  let until = options.until ?? Number.POSITIVE_INFINITY;
  let edition = 0;

  const advanceTo = (time: number) => {
    dialerLog.advanceTo(Math.min(time, until));
    while (arrivals.next.at <= time && arrivals.next.at < until) {
      const arrival = arrivals.take();
      const recording = () => playOrdinary(arrival);
      ordinary.push({ ...extent(recording()), recording });
    }
  };
  const all = () => {
    advanceTo(now());
    return [ordinary, bulk, byHand];
  };
  const between = (first: number, last: number, time: number) => {
    advanceTo(time);
    return [ordinary, bulk, byHand].flatMap((outlines) =>
      outlines.filter((one) => one.start < last && one.lastTime >= first),
    );
  };
  return {
    fixtures,
    logEntriesAt(time) {
      advanceTo(time);
      return dialerLog.entriesAt(time);
    },
    between,
    recordsAt: (time) =>
      between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, time).flatMap((outline) => {
        const recording = outline.recording();
        const steps = stepsShown(recording, time);
        return steps > 0 ? [recording.recordAfter(steps)] : [];
      }),
    *facts() {
      for (const outlines of all()) for (const outline of outlines) yield* outline.recording().facts();
      yield* dialerLog.facts();
    },
    stopNewCalls(at) {
      until = Math.min(until, at);
    },
    finalAt() {
      if (Number.isFinite(until)) advanceTo(until);
      return all()
        .flat()
        .reduce((latest, outline) => Math.max(latest, outline.finalAt), dialerLog.finalAt);
    },
    nextArrival: () => (arrivals.next.at < until ? arrivals.next.at : Number.POSITIVE_INFINITY),
    add(snapshots, facts = []) {
      const recording = recordingOfSnapshots(snapshots, facts);
      byHand.push({
        start: Number.NEGATIVE_INFINITY,
        lastTime: Number.POSITIVE_INFINITY,
        finalAt: snapshots.at(-1)?.at ?? Number.NEGATIVE_INFINITY,
        recording: () => recording,
      });
      edition++;
    },
    get edition() {
      return edition;
    },
  };
}

function extent({ steps, times }: Recording): Omit<Outline, 'recording'> {
  return {
    start: times[0],
    lastTime: times[1],
    finalAt: steps.at(-1)?.visibleAt ?? Number.NEGATIVE_INFINITY,
  };
}

function outlineBulk(bulk: WorldOptions['bulk'], play: (index: number, start: number) => Recording): Outline[] {
  if (!bulk) return [];
  return Array.from({ length: bulk.count }, (_, index) => {
    const start = Math.floor(bulk.from + ((bulk.to - bulk.from) * index) / bulk.count);
    const end = start + BULK_CALL_MS;
    return { start, lastTime: end, finalAt: end, recording: () => play(index, start) };
  });
}
