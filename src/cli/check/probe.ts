import { Failure } from '../../domain/failure.ts';
import { TimeoutError, withTimeLimit } from '../../lib/abort.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RequestContext } from '../../ports/request-context.ts';

/**
 * What a probe has found. `skipped`: nothing was learnt. `warning`: the poller runs, but ought not to run
 * like that.
 */
export interface ProbeOutcome {
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'warning';
  readonly found: string;
  /** Of what failed, and of a warning: what to do. */
  readonly remedy?: string;
  /** It failed, but whatever needs it can be tested all the same. */
  readonly standsAlone?: boolean;
}

export interface Probe {
  /** A stable name, for programs. */
  readonly id: string;
  /** What is tested, for people. */
  readonly tests: string;
  /** IDs of earlier probes; when one of them failed, this one would only fail for the same reason. */
  readonly needs?: readonly string[];
  /** A Failure it rejects with is a finding. */
  run(context: RequestContext): Promise<ProbeOutcome>;
}

export interface Result extends Omit<ProbeOutcome, 'standsAlone'> {
  readonly id: string;
  readonly tests: string;
}

/** No probe takes longer, milliseconds. */
export const LIMIT = 30_000;

/**
 * Runs the probes in their order, one after the other, and tells of each result at once. Rejects only with
 * the signal's reason.
 */
export async function runProbes(
  probes: readonly Probe[],
  options: { readonly clock: Clock; readonly signal: AbortSignal; readonly onResult: (result: Result) => void },
): Promise<readonly Result[]> {
  const results: Result[] = [];
  /** What failed, or was not run because of one that failed. */
  const broken = new Map<string, string>();
  for (const probe of probes) {
    options.signal.throwIfAborted();
    const cause = probe.needs?.map((id) => broken.get(id)).find(Boolean);
    const { standsAlone, ...finding } = cause === undefined ? await bounded(probe, options) : skippedFor(cause);
    if (cause !== undefined || (finding.outcome === 'failed' && !standsAlone))
      broken.set(probe.id, cause ?? probe.tests);
    const result = { id: probe.id, tests: probe.tests, ...finding };
    results.push(result);
    options.onResult(result);
  }
  return results;
}

function skippedFor(cause: string): ProbeOutcome {
  return { outcome: 'skipped', found: `not tested, because of ${cause}` };
}

async function bounded(
  probe: Probe,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<ProbeOutcome> {
  const run = (ends: AbortSignal) => probe.run({ signal: ends, count: () => undefined });
  try {
    return await withTimeLimit(run, { clock, limit: LIMIT, signal });
  } catch (error) {
    signal.throwIfAborted();
    return findingOf(error);
  }
}

function findingOf(error: unknown): ProbeOutcome {
  if (error instanceof TimeoutError) {
    return {
      outcome: 'failed',
      found: `no result within ${LIMIT / 1000} s`,
      remedy: 'Try again; if it lasts, look at the network path and at what the log says with log.level debug',
    };
  }
  if (!(error instanceof Failure)) {
    const found = error instanceof Error ? error.message : String(error);
    return { outcome: 'failed', found, remedy: 'This is a defect of this program: please report it' };
  }
  return { outcome: 'failed', found: error.summary, remedy: error.remedy };
}
