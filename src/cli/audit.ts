import { withPastPeriod } from '../app/past-period.ts';
import type { AuditResult } from '../audit/audit.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { systemClock as clock } from '../lib/system-clock.ts';
import { CycleLog } from '../observability/cycle-log.ts';
import { quietLog } from '../observability/quiet-log.ts';
import { CycleStats } from '../pipeline/cycle-stats.ts';
import { auditProgress } from './audit-progress.ts';
import { type Audited, auditJson, auditText, isComplete, type Repair } from './audit-report.ts';
import { periodOf, withRemainingBudget } from './past-period.ts';
import { logAbove, progressBar } from './progress-bar.ts';
import { NOTICES, notice, outliveOutput, print } from './terminal.ts';

/** What the command line says. */
export interface AuditCommand {
  readonly config?: string | undefined;
  readonly from: string;
  readonly to: string;
  readonly json?: boolean | undefined;
  readonly repair?: boolean | undefined;
}

/**
 * Compares a past period of Genesys's with what was published, and with `repair` publishes what is missing.
 * Resolves to the exit code: 0 if all was read, and no event is missing any more.
 */
export async function audit({ config: file, json, repair = false, ...asked }: AuditCommand): Promise<number> {
  const period = periodOf(asked, clock.now());
  if (repair) outliveOutput();
  const config = uncached(withRemainingBudget(loadConfig({ file, env: process.env })));
  const bar = progressBar();
  const log = quietLog({ log: bar ? logAbove(bar, NOTICES) : NOTICES, clock });
  const stats = new CycleStats();

  const report = (result: AuditResult): number => {
    const audited: Audited = {
      poller: config.poller.name,
      scope: config.streams.conversations.scope,
      period,
      dedupTtl: config.dedup.ttl,
      isLiveEnabled: config.streams.conversations.enabled,
      result,
      ...(repair && { repair: repairedOf(stats, result) }),
    };
    print(json ? auditJson(audited) : auditText(audited));
    return isComplete(audited) ? 0 : 1;
  };
  return withPastPeriod(
    { config, log, clock, observer: new CycleLog({ log, clock }), publishes: repair },
    async (past) => {
      try {
        const result = await past.audit({
          period,
          repair: repair ? stats : undefined,
          onProgress: auditProgress({ clock, bar, say: notice }),
        });
        bar?.end();
        return report(result);
      } catch (failure) {
        bar?.end();
        if (stats.published > 0)
          notice(`Published so far: ${stats.published}. Run the same command again to publish the rest`);
        throw failure;
      }
    },
    () => {
      notice('Stopped before it finished: the audit has no result');
      return 1;
    },
  );
}

/** An audit asks for each ID once. */
function uncached(config: Config): Config {
  return { ...config, dedup: { ...config.dedup, cacheSize: 1 } };
}

/** Each event that was missing has been published, is a dead letter, or was found published meanwhile. */
function repairedOf({ published, deadLettered }: CycleStats, { count }: AuditResult): Repair {
  return { published, known: count.total.missing - published - deadLettered, refused: deadLettered };
}
