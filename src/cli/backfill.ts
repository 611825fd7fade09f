import { logSettings } from '../app/log-settings.ts';
import { withPastPeriod } from '../app/past-period.ts';
import { loadConfig } from '../config/load.ts';
import { logFieldsOf } from '../domain/failure.ts';
import { formatInstant } from '../domain/instant.ts';
import { BACKFILL } from '../domain/streams.ts';
import type { Window } from '../domain/window.ts';
import { systemClock as clock } from '../lib/system-clock.ts';
import { CycleLog } from '../observability/cycle-log.ts';
import { createPollerLog } from '../observability/poller-log.ts';
import type { Log } from '../ports/log.ts';
import type { BackfillOutcome, BackfillProgress } from '../streams/backfill.ts';
import { backfillProgress } from './backfill-progress.ts';
import { commandLine } from './command-line.ts';
import { periodOf, withRemainingBudget } from './past-period.ts';
import { logAbove, progressBar } from './progress-bar.ts';

/** What the command line says. */
export interface BackfillCommand {
  readonly config?: string | undefined;
  readonly from: string;
  readonly to: string;
  readonly requestsPerMinute?: number | undefined;
  readonly allowRepeats?: boolean | undefined;
}

/**
 * Publishes what is missing of a past period. Resolves to the exit code: 0 only if all that was left of the
 * period is done.
 */
export async function backfill(command: BackfillCommand): Promise<number> {
  const askedAt = clock.now();
  const period = periodOf(command, askedAt);
  const config = withRemainingBudget(loadConfig({ file: command.config, env: process.env }), command.requestsPerMinute);
  const settings = logSettings(config);
  const lines = createPollerLog({ ...settings, poller: config.poller.name, clock });
  const bar = progressBar();
  const log = bar ? logAbove(bar, lines) : lines;
  const observer = new CycleLog({ log, clock, namespace: () => lines.namespace });
  // An operator who watches the bar needs no line for every window.
  if (bar && process.stdout.isTTY && settings.level === 'info') lines.adjust({ ...settings, level: 'warn' });

  let progress: BackfillProgress | undefined;
  const again = commandLine(wordsOf(command, period));
  const report = (outcome: BackfillOutcome) => logOutcome(outcome, period, progress, again, log);
  return withPastPeriod(
    { config, log, clock, observer, publishes: true, atEnd: (abort) => lines.close(abort) },
    async (past) => {
      try {
        const allowRepeats = command.allowRepeats ?? false;
        const show = backfillProgress({ period, clock, log, bar });
        const onProgress = (latest: BackfillProgress) => {
          progress = latest;
          show(latest);
        };
        const outcome = await past.backfill({ period, askedAt, allowRepeats, onProgress });
        bar?.end();
        lines.adjust(settings);
        return report(outcome);
      } finally {
        bar?.end();
      }
    },
    () => report({ status: 'interrupted' }),
  );
}

/** Says what became of it and, if it is not done, how to go on. Returns the exit code. */
function logOutcome(
  outcome: BackfillOutcome,
  { start, end }: Window,
  progress: BackfillProgress | undefined,
  command: string,
  log: Log,
): number {
  const [from, to] = [formatInstant(start), formatInstant(end)];
  const about = { stream: BACKFILL, from, to };
  if (outcome.status === 'completed') {
    const { begunAt = start, deadLettered = 0 } = progress ?? {};
    const where = deadLettered > 0 ? `on the bus or a dead letter (${deadLettered})` : 'on the bus';
    const earlier = begunAt > start ? '. For gaps before that, see gap.detected in the log of the earlier run' : '';
    log.info('backfill.completed', `Everything from ${formatInstant(begunAt)} to ${to} is ${where}${earlier}`, about);
    return 0;
  }
  if (outcome.status === 'incomplete') {
    const { gaps } = outcome;
    log.error(
      'backfill.incomplete',
      `Everything from ${from} to ${to} is on the bus, except what could not be read: ${gaps} gap.detected. To read all of it again: ${command}`,
      { ...about, gaps },
    );
    return 1;
  }
  const remedy = `To resume after the last finished window: ${command}`;
  if (outcome.status === 'interrupted') log.warn('backfill.interrupted', `Stopped. ${remedy}`, about);
  else log.error('backfill.failed', `Given up. ${remedy}`, { ...about, ...logFieldsOf(outcome.failure) });
  return 1;
}

/**
 * The command that goes on with this run. It has timestamps, since a duration back is another time every
 * time.
 */
function wordsOf({ config, requestsPerMinute, allowRepeats }: BackfillCommand, { start, end }: Window): string[] {
  return [
    ...['genesys-poller', 'backfill', '--from', formatInstant(start), '--to', formatInstant(end)],
    ...(requestsPerMinute === undefined ? [] : ['--requests-per-minute', String(requestsPerMinute)]),
    ...(allowRepeats ? ['--allow-repeats'] : []),
    ...(config === undefined ? [] : ['--config', config]),
  ];
}
