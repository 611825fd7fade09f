import { type Connections, openConnections } from '../app/connections.ts';
import { cycleParts } from '../app/pipeline.ts';
import { shutdownSignals } from '../app/shutdown.ts';
import { namesOf } from '../app/streams.ts';
import { type AuditOptions, type Findings, audit as inquire } from '../audit/audit.ts';
import { type RepairOptions, repairing } from '../audit/repair.ts';
import { DynamoBackfillRuns } from '../aws/backfill-runs.ts';
import { DynamoOperatorState } from '../aws/operator-state.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { BACKFILL } from '../domain/streams.ts';
import type { Window } from '../domain/window.ts';
import { GenesysJobs } from '../genesys/conversation-jobs.ts';
import { LeaseManager } from '../lease/lease-manager.ts';
import { systemClock as clock } from '../lib/system-clock.ts';
import { logAbove, ProgressBar } from '../observability/progress-bar.ts';
import { quietLog } from '../observability/quiet-log.ts';
import { CycleStats } from '../pipeline/cycle-stats.ts';
import { reachSeen } from '../pipeline/dedup-histories.ts';
import { demandOwnership, lookAtOwnership } from '../pipeline/ownership.ts';
import type { Log } from '../ports/log.ts';
import { contextOf } from '../ports/request-context.ts';
import { JobReader } from '../streams/job-reader.ts';
import { type Audited, auditJson, auditText, progressText, type Repair, stillMissing } from './audit-report.ts';
import { periodOf, sharing } from './past-period.ts';
import { REMARKS } from './remarks.ts';
import { print, remark } from './terminal.ts';

/** What the command line says. */
export interface AuditCommand {
  readonly config?: string | undefined;
  readonly from: string;
  readonly to: string;
  readonly json?: boolean | undefined;
  readonly repair?: boolean | undefined;
}

/**
 * Compares a past period of Genesys's with what was published, and with `repair` publishes what is missing. Resolves to the exit
 * code: 0 if nothing is missing any more.
 */
export async function audit(command: AuditCommand): Promise<number> {
  const period = periodOf(command, clock.now());
  const config = uncached(sharing(loadConfig({ file: command.config, env: process.env })));
  const bar = process.stderr.isTTY && process.env.TERM !== 'dumb' ? new ProgressBar(process.stderr) : undefined;
  const log = quietLog({ log: bar ? logAbove(bar, REMARKS) : REMARKS, clock });
  const connections = openConnections(config, log, clock);
  const signals = shutdownSignals(() => config.poller.shutdownTimeout, log);
  const ending = new AbortController();
  const stats = new CycleStats();
  const options = optionsOf(config, connections, log, period, bar);
  try {
    // An audit only reads: what binds the name is whoever publishes under it.
    const demand = command.repair ? demandOwnership : lookAtOwnership;
    await demand(connections.ownership(config.genesys), contextOf(signals.stop));
    const findings = command.repair
      ? await repairing(repairOf(config, connections, log, stats, ending.signal), signals, (onMissing, context) =>
          inquire({ ...options, onMissing }, context),
        )
      : await inquire(options, contextOf(signals.stop));
    bar?.end();
    const audited: Audited = {
      poller: config.poller.name,
      scope: config.streams.conversations.scope,
      period,
      dedupTtl: config.dedup.ttl,
      besideLive: options.besideLive,
      findings,
      ...(command.repair && { repair: repairedOf(stats, findings) }),
    };
    print(command.json ? auditJson(audited) : auditText(audited));
    return stillMissing(audited) === 0 ? 0 : 1;
  } catch (failure) {
    bar?.end();
    if (stats.published > 0) remark(`Published so far: ${stats.published}. Asked for again, it publishes the rest`);
    if (!signals.stop.aborted) throw failure;
    remark('Stopped before its end: there is nothing to be told of the period');
    return 1;
  } finally {
    ending.abort(new Error('the audit ends'));
    signals.release();
    connections.close();
  }
}

/** An audit asks for each ID once. */
function uncached(config: Config): Config {
  return { ...config, dedup: { ...config.dedup, cacheSize: 1 } };
}

function optionsOf(
  config: Config,
  connections: Connections,
  log: Log,
  period: Window,
  bar: ProgressBar | undefined,
): AuditOptions {
  const { state, pollerState, deduplicator, aws, time } = connections;
  const { scope, enabled } = config.streams.conversations;
  const jobs = new GenesysJobs({ client: connections.genesys(config.genesys), clock, scope });
  const stored = { client: aws.dynamoDb, table: config.dynamoDb.stateTable, poller: config.poller.name, clock };
  return {
    period,
    jobs,
    reader: new JobReader({ jobs, clock, log, stream: BACKFILL }),
    state,
    operator: new DynamoOperatorState(stored),
    runs: new DynamoBackfillRuns(stored),
    deduplicator,
    time,
    scope,
    phoneNumbers: config.privacy.phoneNumbers,
    include: new Set(config.events.include),
    reach: (context) => reachSeen(pollerState.dedupReach, config.dedup.ttl, time.now(), context),
    besideLive: enabled,
    onProgress: ({ fraction, at, events, missing }) => bar?.draw(fraction, progressText(at, events, missing)),
  };
}

function repairOf(
  config: Config,
  connections: Connections,
  log: Log,
  stats: CycleStats,
  signal: AbortSignal,
): RepairOptions {
  const { state, holder } = connections;
  const genesys = connections.genesys(config.genesys);
  return {
    cycle: {
      ...cycleParts({ config, connections, log, clock })(BACKFILL),
      names: namesOf({ config, genesys, state, clock, log }, signal),
    },
    leaseManager: new LeaseManager({ state, stream: BACKFILL, holder, durationMs: config.lease.duration, clock, log }),
    stats,
  };
}

/** Each event that was missing has been published, set aside, or found published by another way. */
function repairedOf({ published, deadLettered }: CycleStats, { count }: Findings): Repair {
  return { published, known: count.total.missing - published - deadLettered, refused: deadLettered };
}
