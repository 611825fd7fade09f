import { type Connections, openConnections } from '../app/connections.ts';
import { logSettings } from '../app/log-settings.ts';
import { cycleParts } from '../app/pipeline.ts';
import { shutdownSignals } from '../app/shutdown.ts';
import { namesOf } from '../app/streams.ts';
import { DynamoBackfillRuns } from '../aws/backfill-runs.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { formatInstant } from '../domain/instant.ts';
import { BACKFILL } from '../domain/streams.ts';
import type { Window } from '../domain/window.ts';
import { GenesysJobs } from '../genesys/conversation-jobs.ts';
import { LeaseManager } from '../lease/lease-manager.ts';
import { systemClock as clock } from '../lib/system-clock.ts';
import { createPollerLog } from '../observability/poller-log.ts';
import { logAbove, ProgressBar } from '../observability/progress-bar.ts';
import { factsOf } from '../pipeline/failure-report.ts';
import type { Log } from '../ports/log.ts';
import { contextOf } from '../ports/request-context.ts';
import { type BackfillOptions, type BackfillOutcome, backfill as carryOut } from '../streams/backfill.ts';
import { JobReader } from '../streams/job-reader.ts';
import { backfillReport } from './backfill-report.ts';
import { commandLine } from './command-line.ts';
import { periodOf, sharing } from './past-period.ts';

/** What the command line says. */
export interface BackfillCommand {
  readonly config?: string | undefined;
  readonly from: string;
  readonly to: string;
  readonly requestsPerMinute?: number | undefined;
  readonly allowRepeats?: boolean | undefined;
}

/** Publishes what is missing of a past period. Resolves to the exit code: 0 only if all of the period is done. */
export async function backfill(command: BackfillCommand): Promise<number> {
  const askedAt = clock.now();
  const period = periodOf(command, askedAt);
  const config = sharing(loadConfig({ file: command.config, env: process.env }), command.requestsPerMinute);
  const settings = logSettings(config);
  const lines = createPollerLog({ ...settings, poller: config.poller.name, clock });
  const hasBar = process.stderr.isTTY && process.env.TERM !== 'dumb';
  const bar = hasBar ? new ProgressBar(process.stderr) : undefined;
  const log = bar ? logAbove(bar, lines) : lines;
  // Who watches the bar need not be told of every window.
  if (bar && process.stdout.isTTY && settings.level === 'info') lines.adjust({ ...settings, level: 'warn' });

  const connections = openConnections(config, log, clock);
  const signals = shutdownSignals(() => config.poller.shutdownTimeout, log);
  const ending = new AbortController();
  const told = (outcome: BackfillOutcome) => tell(outcome, period, commandLine(wordsOf(command, period)), log);
  try {
    await connections.claim(config.genesys, contextOf(signals.stop));
    const outcome = await carryOut(
      {
        ...partsOf(config, connections, log, ending.signal),
        period,
        askedAt,
        allowRepeats: command.allowRepeats ?? false,
        onProgress: backfillReport({ period, clock, log, bar }),
      },
      signals,
    );
    bar?.end();
    lines.adjust(settings);
    return told(outcome);
  } catch (failure) {
    if (!signals.stop.aborted) throw failure;
    return told({ status: 'interrupted' });
  } finally {
    bar?.end();
    ending.abort(new Error('the backfill ends'));
    connections.close();
    await lines.close(signals.abort);
    signals.release();
  }
}

function partsOf(
  config: Config,
  connections: Connections,
  log: Log,
  signal: AbortSignal,
): Omit<BackfillOptions, 'period' | 'askedAt' | 'allowRepeats' | 'onProgress'> {
  const { state, holder, aws } = connections;
  const genesys = connections.genesys(config.genesys);
  const { scope } = config.streams.conversations;
  const jobs = new GenesysJobs({ client: genesys, clock, scope });
  return {
    runs: new DynamoBackfillRuns({
      client: aws.dynamoDb,
      table: config.dynamoDb.stateTable,
      poller: config.poller.name,
      clock,
    }),
    jobs,
    reader: new JobReader({ jobs, clock, log, stream: BACKFILL }),
    scope,
    phoneNumbers: config.privacy.phoneNumbers,
    cycle: {
      ...cycleParts({ config, connections, log, clock })(BACKFILL),
      names: namesOf({ config, genesys, state, clock, log }, signal),
    },
    leaseManager: new LeaseManager({ state, stream: BACKFILL, holder, durationMs: config.lease.duration, clock, log }),
  };
}

/** Says what became of it and, where that is not all of it, how to go on. Returns the exit code. */
function tell(outcome: BackfillOutcome, { start, end }: Window, command: string, log: Log): number {
  const [from, to] = [formatInstant(start), formatInstant(end)];
  const about = { stream: BACKFILL, from, to };
  if (outcome.status === 'completed') {
    log.info('backfill.completed', `Everything from ${from} to ${to} is on the bus`, about);
    return 0;
  }
  const remedy = `This goes on after the last window that was finished: ${command}`;
  if (outcome.status === 'interrupted') log.warn('backfill.interrupted', `Stopped. ${remedy}`, about);
  else log.error('backfill.failed', `Given up. ${remedy}`, { ...about, ...factsOf(outcome.failure) });
  return 1;
}

/** What goes on with this run: in timestamps, for two days back is another time every time. */
function wordsOf({ config, requestsPerMinute, allowRepeats }: BackfillCommand, { start, end }: Window): string[] {
  return [
    ...['genesys-poller', 'backfill', '--from', formatInstant(start), '--to', formatInstant(end)],
    ...(requestsPerMinute === undefined ? [] : ['--requests-per-minute', String(requestsPerMinute)]),
    ...(allowRepeats ? ['--allow-repeats'] : []),
    ...(config === undefined ? [] : ['--config', config]),
  ];
}
