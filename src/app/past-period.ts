import { type AuditOptions, type AuditResult, audit } from '../audit/audit.ts';
import { repairing } from '../audit/repair.ts';
import type { Config } from '../config/config.ts';
import { BACKFILL } from '../domain/streams.ts';
import { GenesysJobs } from '../genesys/conversation-jobs.ts';
import type { CycleStats } from '../pipeline/cycle-stats.ts';
import { readDedupHistory } from '../pipeline/dedup-history-store.ts';
import { assertOwnership, describeOwnership } from '../pipeline/ownership.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { contextOf } from '../ports/request-context.ts';
import type { CycleSignals } from '../ports/stream.ts';
import type { StreamObserver } from '../ports/stream-observer.ts';
import { type BackfillOptions, type BackfillOutcome, backfill } from '../streams/backfill.ts';
import { JobReader } from '../streams/job-reader.ts';
import { type Connections, openConnections } from './connections.ts';
import { composePastPublication } from './pipeline.ts';
import { shutdownSignals } from './shutdown.ts';

/** What can be done with a past period of conversations, beside a daemon. */
export interface PastPeriod {
  /** Publishes what is missing of it. */
  backfill(
    options: Pick<BackfillOptions, 'period' | 'askedAt' | 'allowRepeats' | 'onProgress'>,
  ): Promise<BackfillOutcome>;
  /** Compares it with what was published. With `repair`, which counts, it publishes what is missing. */
  audit(
    options: Pick<AuditOptions, 'period' | 'onProgress'> & { readonly repair: CycleStats | undefined },
  ): Promise<AuditResult>;
}

export interface PastPeriodOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  /** Hears of the cycles of a backfill. */
  readonly observer: StreamObserver;
  /** Whether events may be published: that binds the name of the poller to its organisation. */
  readonly publishes: boolean;
  /** Called when everything else is closed; the signal says that it must not take long. */
  readonly atEnd?: (abort: AbortSignal) => Promise<void>;
}

/**
 * Opens the connections, demands that the poller's name belongs to this organisation, lets `work` do its work
 * and closes everything. Resolves to what `stopped` returns if SIGTERM or SIGINT has ended the work before it
 * was done.
 */
export async function withPastPeriod<T>(
  options: PastPeriodOptions,
  work: (past: PastPeriod) => Promise<T>,
  stopped: () => T,
): Promise<T> {
  const { config, log, clock, publishes, atEnd } = options;
  const connections = openConnections(config, log, clock);
  const signals = shutdownSignals(() => config.poller.shutdownTimeout, log);
  const ending = new AbortController();
  try {
    const judgeOwnership = publishes ? assertOwnership : describeOwnership;
    await judgeOwnership(connections.ownership(config.genesys), contextOf(signals.stop));
    return await work(composePastPeriod(options, connections, signals, ending.signal));
  } catch (failure) {
    if (!signals.stop.aborted) throw failure;
    return stopped();
  } finally {
    ending.abort(new Error('the command ends'));
    connections.close();
    await atEnd?.(signals.abort);
    signals.release();
  }
}

function composePastPeriod(
  { config, log, clock, observer }: PastPeriodOptions,
  connections: Connections,
  signals: CycleSignals,
  ending: AbortSignal,
): PastPeriod {
  const { state, deduplicator, time } = connections;
  const { scope, enabled } = config.streams.conversations;
  const jobs = new GenesysJobs({ client: connections.genesys(config.genesys), clock, scope });
  const source = { jobs, reader: new JobReader({ jobs, clock, log, stream: BACKFILL }), scope };
  const common = { ...source, phoneNumbers: config.privacy.phoneNumbers };
  const publication = () => composePastPublication({ config, connections, log, clock, observer }, ending);
  return {
    backfill: (options) => backfill({ ...options, ...common, runs: state, ...publication() }, signals),
    audit({ repair, ...options }) {
      const auditing: AuditOptions = {
        ...options,
        ...common,
        state,
        deduplicator,
        time,
        include: new Set(config.events.include),
        history: (context) => readDedupHistory(state.dedupHistory, config.dedup.ttl, time.now(), context),
        isLiveEnabled: enabled,
      };
      if (!repair) return audit(auditing, contextOf(signals.stop));
      return repairing({ ...publication(), stats: repair }, signals, (onMissing, context) =>
        audit({ ...auditing, onMissing }, context),
      );
    },
  };
}
