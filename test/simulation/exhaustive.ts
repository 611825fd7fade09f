import type { Port } from './faults.ts';
import type { Violation } from './judge.ts';
import type { Mishaps } from './poller-process.ts';
import { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import { simulate } from './simulation.ts';
import { tellStory } from './stories.ts';

/** What an enumeration has found. */
export interface Enumeration {
  /** Facts of the world. */
  readonly facts: number;
  /** Points at which a process can die: before and after each call of a run in which nothing goes wrong. */
  readonly points: number;
  /** Calls of that run, port by port. */
  readonly calls: ReadonlyMap<Port, number>;
  readonly runs: number;
  readonly repeated: number;
  readonly failures: readonly { readonly crashes: readonly number[]; readonly violation: Violation }[];
}

/**
 * One poller, and a world that has come to rest: it starts for the first time, reads some pages, publishes,
 * records, moves the checkpoint, and is stopped. Nothing goes wrong except for the crashes.
 */
export function quietScenario(conversations: number, overtaken: 'arrive' | 'perish', twoLooks = false): Scenario {
  const epoch = Date.UTC(2026, 10, 20, 10);
  return {
    seed: 1,
    epoch,
    stories: Array.from({ length: conversations }, (_, index) =>
      tellStory(index + 1, epoch - 80_000 + index * 1_000, { usual: 0, most: 0 }, new Random(index + 1, 7)),
    ),
    pollers: 1,
    schedule: 10_000,
    // A cycle of some dozen calls in a row, each of which takes eight milliseconds, sees a renewal or two.
    // Reconciliation takes seconds, most of which pass in waiting for a job.
    leaseDuration: twoLooks ? 3_000 : conversations === 1 ? 200 : 120,
    ...(twoLooks && { second: { schedule: 10_000 } }),
    retention: { ttl: 7 * 86_400_000, horizon: 60_000, horizonEvery: 25_000 },
    renames: true,
    stranger: false,
    rules: { settle: 1_000, overlap: 30_000, maxWindow: 3_600_000 },
    query: 'changes',
    startsBack: 100_000,
    partSize: 1_600,
    maxCheckpointLag: 0,
    concurrency: 2,
    entriesPerPut: 5,
    pageSize: 2,
    cacheSize: 100,
    requestsPerMinute: 240,
    busSuppresses: false,
    legacy: 'none',
    poison: new Map(),
    faults: { rate: 0, until: 0, outages: [], refusing: [], timeout: 1_000, overtaken },
    ambushes: [],
    clockSteps: [],
    restarts: [],
  };
}

/**
 * Runs the scenario once for every point at which a process can die, and with every second point besides: for
 * each of the first ones if `pairs` is 1, for every third of them if it is 3, for none if it is 0.
 */
export async function enumerateCrashes(scenario: Scenario, pairs: number): Promise<Enumeration> {
  const calls = new Map<Port, number>();
  const failures: { crashes: readonly number[]; violation: Violation }[] = [];
  let runs = 0;
  let repeated = 0;

  /** Resolves to the number of points that came up. */
  const run = async (crashes: readonly number[], onCall?: (port: Port) => void): Promise<number> => {
    let timestamps = 0;
    const mishaps: Mishaps = {
      at(_process, port, phase) {
        if (phase === 'before') onCall?.(port);
        return crashes.includes(++timestamps) ? { kind: 'crash' } : undefined;
      },
    };
    const { violation, stats } = await simulate(scenario, { mishaps });
    runs++;
    repeated += stats.repeated;
    if (violation) failures.push({ crashes, violation });
    return timestamps;
  };

  const points = await run([], (port) => calls.set(port, (calls.get(port) ?? 0) + 1));
  for (let first = 1; first <= points; first++) {
    const timestamps = await run([first]);
    if (pairs === 0 || first % pairs > 0) continue;
    for (let second = first + 1; second <= timestamps; second++) await run([first, second]);
  }
  const facts = scenario.stories.flatMap((story) => story.changes.flatMap((change) => change.reveals)).length;
  return { facts, points, calls, runs, repeated, failures };
}
