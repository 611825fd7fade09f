import type { Config } from '../config/config.ts';
import { periodProblem, remainingBudget } from '../domain/backfill.ts';
import type { Instant } from '../domain/instant.ts';
import type { Window } from '../domain/window.ts';
import { timestampOf } from './timestamp.ts';
import { UsageError } from './usage-error.ts';

/**
 * The period of `--from` and `--to`, as asked for at `now`. Throws a UsageError if it is none, or not past.
 */
export function periodOf({ from, to }: { readonly from: string; readonly to: string }, now: Instant): Window {
  const period = { start: timestampOf(from, now), end: timestampOf(to, now) };
  const problem = periodProblem(period, now);
  if (problem) throw new UsageError(problem);
  return period;
}

/** The configuration, with the request budget of a process beside the daemon. */
export function withRemainingBudget(
  config: Config,
  requestsPerMinute = remainingBudget(config.genesys.requestsPerMinute),
): Config {
  return { ...config, genesys: { ...config.genesys, requestsPerMinute } };
}
