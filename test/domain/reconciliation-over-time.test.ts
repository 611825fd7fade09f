import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { partsOf, planReconciliation, type ReconciliationRules } from '../../src/domain/reconciliation.ts';
import { advanced, type Position } from '../../src/domain/window.ts';
import { Census, holds } from './support/property.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BEGIN = Date.parse('2026-11-20T10:00:00Z');
const MIN_DUE_MS = 5 * MINUTE;

type Checkpoint = Position & { readonly updatedAt: number };

/** What happens instead of the next poll, or to it. */
type Trouble =
  | { readonly kind: 'none' }
  /** The process ends in the middle of a window: nothing but the checkpoint is left. */
  | { readonly kind: 'restart' }
  | { readonly kind: 'outage'; readonly lasts: number }
  | { readonly kind: 'clock'; readonly by: number }
  | { readonly kind: 'lake'; readonly by: number };

interface Run {
  readonly rules: ReconciliationRules;
  /** How long before the beginning publishing began. */
  readonly age: number;
  readonly schedule: number;
  /** How far the lake is behind. It moves on while windows are read. */
  readonly lag: number;
  /** How long each cycle takes, in turn; less where the windows would not suffice otherwise. */
  readonly cycles: readonly number[];
  readonly polls: readonly Trouble[];
}

/** Polls as the daemon does, and notes when each of some times was last read. */
class Poller {
  readonly run: Run;
  checkpoint: Checkpoint;
  /** True time, and by how much the clock is ahead of it. */
  private time = BEGIN;
  private ahead = 0;
  private setForward = 0;
  private lag: number;
  private cycle = 0;
  private longestPoll = 0;
  /** Nothing has disturbed the poller since. */
  private calmSince = BEGIN;
  private readonly lastRead = new Map<number, number>();
  private readonly times: readonly number[];
  readonly counted = { polls: 0, anew: 0, again: 0, across: 0, whole: 0, atTheLastMinute: 0 };

  constructor(run: Run) {
    this.run = run;
    this.lag = run.lag;
    const origin = BEGIN - run.age;
    this.checkpoint = { watermark: Math.max(origin, BEGIN - run.lag), origin, updatedAt: BEGIN };
    this.times = Array.from({ length: 90 }, (_, index) => BEGIN - 6 * DAY + index * 4 * HOUR + index * 997);
  }

  poll(trouble: Trouble): void {
    const { schedule } = this.run;
    if (trouble.kind === 'outage') this.time += trouble.lasts;
    if (trouble.kind === 'clock') {
      this.ahead += trouble.by;
      this.setForward += Math.max(0, trouble.by);
    }
    if (trouble.kind === 'lake') this.lag += trouble.by;
    this.time += schedule - (this.time % schedule);
    // A clock that was set back comes to the same time once more.
    if (trouble.kind !== 'none') this.calmSince = this.time + (trouble.kind === 'clock' ? Math.max(0, -trouble.by) : 0);
    const begun = this.time;
    this.counted.polls++;
    const cutShort = trouble.kind === 'restart' ? 1 : Number.POSITIVE_INFINITY;
    // A poll that lasts longer goes on with the next one.
    for (let cycle = 0; this.time - begun <= HOUR && this.pollOnce(cycle === cutShort); cycle++);
    this.longestPoll = Math.max(this.longestPoll, this.time - begun);
    this.assertEachTimeWasRead();
  }

  /** A cycle; false ends the poll. */
  private pollOnce(isCutShort: boolean): boolean {
    const { rules, cycles } = this.run;
    const { checkpoint } = this;
    const { watermark } = checkpoint;
    const now = this.time + this.ahead;
    const guaranteed = this.time - this.lag;
    const plan = planReconciliation(checkpoint, now, guaranteed, rules);
    if (guaranteed < watermark) this.calmSince = Math.max(this.calmSince, this.time);
    if (!plan) return false;
    this.time += Math.min(cycles[this.cycle++ % cycles.length] ?? SECOND, Math.floor(this.step / 4));
    if (isCutShort) return false;

    const parts = plan.parts ?? partsOf(plan.window, checkpoint, rules);
    assert.ok(parts.length > 0 && parts.every(({ start, end }) => start < end), 'no window is empty');
    assert.ok(
      parts.every(({ start, end }) => start >= Math.min(checkpoint.origin, watermark) && end <= guaranteed),
      'nothing before the origin is read, and nothing that is not guaranteed',
    );
    const passed = watermark - rules.horizon;
    const left = plan.window.end - rules.horizon;
    for (const time of this.times) {
      const isRead = parts.some(({ start, end }) => start <= time && time < end);
      const since = Math.max(this.lastRead.get(time) ?? this.time, this.calmSince);
      if (isRead && plan.window.end <= watermark && this.time - since > this.every) this.counted.atTheLastMinute++;
      if (isRead) this.lastRead.set(time, this.time);
      const leaves = plan.window.end > watermark && time >= Math.max(passed, checkpoint.origin) && time < left;
      assert.ok(isRead || !leaves || time >= watermark, 'a time is read once more when it leaves the horizon');
    }
    const before = checkpoint.rereadTo ?? checkpoint.updatedAt;
    this.checkpoint = { ...advanced(checkpoint, plan), updatedAt: now };
    const after = this.checkpoint.rereadTo ?? Number.NaN;
    assert.ok(after >= Math.min(before, now) && after <= now, 'the point moves back only with the clock');
    this.count(plan.window.end > watermark, parts.length, now - before);
    return !plan.caughtUp;
  }

  private count(isNew: boolean, parts: number, due: number): void {
    const { counted } = this;
    if (isNew) counted.anew++;
    else counted.again++;
    if (!isNew && parts > 1) counted.across++;
    if (!isNew && due > this.every) counted.whole++;
  }

  get every(): number {
    const { horizon, horizonEvery } = this.run.rules;
    return Math.max(MIN_DUE_MS, Math.min(horizonEvery, horizon));
  }

  /** How much of the clock the longest possible window makes up for. */
  get step(): number {
    return Math.min(this.every, (DAY * this.every) / this.run.rules.horizon);
  }

  /** The most by which the clock, or true time, has moved on. */
  get elapsed(): number {
    return this.time - BEGIN + this.setForward;
  }

  private assertEachTimeWasRead(): void {
    const { rules, schedule } = this.run;
    const { watermark, origin } = this.checkpoint;
    const atMost = this.every + schedule + MIN_DUE_MS + 2 * this.longestPoll;
    for (const time of this.times) {
      const isWithin = time >= Math.max(watermark - rules.horizon, origin) && time < watermark;
      if (!isWithin) continue;
      const since = Math.max(this.lastRead.get(time) ?? BEGIN, this.calmSince);
      assert.ok(this.time - since <= atMost, 'every time is read again once in every interval');
    }
  }
}

const troubleOf: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 30, arbitrary: fc.constant<Trouble>({ kind: 'none' }) },
  { weight: 2, arbitrary: fc.constant<Trouble>({ kind: 'restart' }) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: HOUR, max: 9 * DAY }).map<Trouble>((lasts) => ({ kind: 'outage', lasts })),
  },
  { weight: 1, arbitrary: fc.integer({ min: -3 * HOUR, max: 3 * HOUR }).map<Trouble>((by) => ({ kind: 'clock', by })) },
  { weight: 1, arbitrary: fc.integer({ min: -HOUR, max: 8 * HOUR }).map<Trouble>((by) => ({ kind: 'lake', by })) },
);

const runOf: fc.Arbitrary<Run> = fc.record({
  rules: fc
    .record({
      overlap: fc.integer({ min: 0, max: 2 * HOUR }),
      horizon: fc.oneof(fc.integer({ min: MINUTE, max: HOUR }), fc.integer({ min: HOUR, max: 5 * DAY })),
      horizonEvery: fc.oneof(
        fc.integer({ min: SECOND, max: HOUR }),
        fc.integer({ min: HOUR, max: 12 * HOUR }),
        fc.integer({ min: 12 * HOUR, max: 9 * DAY }),
      ),
    })
    .filter(({ horizon, overlap }) => horizon > overlap),
  age: fc.oneof(fc.integer({ min: 0, max: 6 * HOUR }), fc.integer({ min: 0, max: 12 * DAY })),
  schedule: fc.constantFrom(MINUTE, 10 * MINUTE, HOUR, HOUR, 6 * HOUR),
  lag: fc.integer({ min: 0, max: 30 * HOUR }),
  cycles: fc.array(
    fc.oneof(fc.integer({ min: SECOND, max: 20 * SECOND }), fc.integer({ min: SECOND, max: 3 * MINUTE })),
    {
      minLength: 1,
      maxLength: 9,
    },
  ),
  polls: fc.array(troubleOf, { minLength: 30, maxLength: 150, size: 'max' }),
});

test('whatever the schedule, the lake, restarts, outages and the clock, every time of the horizon is read in turn, in windows that are few', (t) => {
  const census = new Census();
  const property = fc.property(runOf, (run) => {
    const poller = new Poller(run);
    for (const trouble of run.polls) poller.poll(trouble);
    const { polls, anew, again, across, whole, atTheLastMinute } = poller.counted;
    assert.ok(again <= polls + poller.elapsed / Math.min(poller.step, MIN_DUE_MS), 'few windows of the horizon');
    assert.ok(anew <= polls + poller.elapsed / (MIN_DUE_MS / 10), 'few windows that are new');
    census.saw('a window of the horizon', again);
    census.saw('one that reaches across the watermark', across);
    census.saw('all of the horizon is due', whole);
    census.saw('an interval is over', atTheLastMinute);
    census.saw('publishing began within the horizon', run.age < run.rules.horizon);
    census.saw('publishing began before the horizon', run.age >= run.rules.horizon);
    census.saw('an interval longer than the horizon', run.rules.horizonEvery > run.rules.horizon);
  });
  holds(t, property, { numRuns: 100 });
  census.atLeast(t, {
    'a window of the horizon': 3_000,
    'one that reaches across the watermark': 1_000,
    'all of the horizon is due': 1_000,
    'an interval is over': 100,
    'publishing began within the horizon': 10,
    'publishing began before the horizon': 10,
    'an interval longer than the horizon': 10,
  });
});

test('a poller that is younger than its horizon reads two windows a poll', (t) => {
  const rules = { overlap: 5 * MINUTE, horizon: 3 * DAY, horizonEvery: 6 * HOUR };
  const polls = Array.from({ length: 48 }, (): Trouble => ({ kind: 'none' }));
  const poller = new Poller({ rules, age: 0, schedule: HOUR, lag: 4 * HOUR, cycles: [5 * SECOND], polls });
  for (const trouble of polls) poller.poll(trouble);
  const { anew, again } = poller.counted;
  t.true(anew + again <= 2 * 48, `${anew} new, ${again} again`);
});
