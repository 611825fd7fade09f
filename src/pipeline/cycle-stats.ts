import type { CycleCounts, CycleFigures } from '../domain/cycle-report.ts';
import type { Instant } from '../domain/instant.ts';
import type { Window } from '../domain/window.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestBudgetUse } from '../ports/request-budget.ts';
import type { Counter } from '../ports/request-context.ts';
import type { TrustedTime } from '../ports/trusted-time.ts';

/** What a cycle has counted so far. */
export class CycleStats implements CycleCounts {
  conversations = 0;
  derived = 0;
  duplicates = 0;
  tooOld = 0;
  tooLate = 0;
  published = 0;
  suppressed = 0;
  deadLettered = 0;
  genesysRequests = 0;
  genesysThrottled = 0;
  putEventsCalls = 0;
  dynamoCalls = 0;

  /** Whether everything that was read was known before. */
  get foundNothingNew(): boolean {
    return this.derived === this.duplicates && this.deadLettered === 0;
  }

  readonly count = (what: Counter): void => {
    this[what]++;
  };

  /** The counts as they are now. */
  counts(): CycleCounts {
    const { count: _, ...counts } = this;
    return counts;
  }
}

export interface CycleMeterOptions {
  readonly clock: Clock;
  readonly time: TrustedTime;
  readonly budget?: RequestBudgetUse | undefined;
  readonly nextDue?: (() => Instant | undefined) | undefined;
}

/** Measures a cycle from its beginning on. */
export class CycleMeter {
  readonly stats = new CycleStats();
  private readonly options: CycleMeterOptions;
  private readonly begunAt: number;
  private readonly throttledBefore: number;

  constructor(options: CycleMeterOptions) {
    this.options = options;
    this.begunAt = options.clock.monotonic();
    this.throttledBefore = options.budget?.throttledMs() ?? 0;
  }

  /** The figures as they are now. With `countsAsMissed`, the live stream had missed what was published. */
  figures(window: Window | undefined, watermark: Instant, countsAsMissed = false): CycleFigures {
    const { clock, time, budget, nextDue } = this.options;
    const counts = this.stats.counts();
    return {
      window,
      counts: countsAsMissed ? { ...counts, missed: counts.published } : counts,
      watermark,
      lagMs: Math.max(0, time.now() - watermark),
      durationMs: Math.round(clock.monotonic() - this.begunAt),
      budgetShare: budget && Math.round(budget.share() * 100) / 100,
      throttledMs: budget && Math.round(budget.throttledMs() - this.throttledBefore),
      nextDue: nextDue?.(),
    };
  }
}
