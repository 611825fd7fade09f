import type { Config } from '../../config/config.ts';
import { formatDuration } from '../../config/duration.ts';
import { requestsPerMinute } from '../../domain/request-plan.ts';
import { ticksPerMinute } from '../../schedule/cron-calendar.ts';
import type { Measured } from './genesys-probes.ts';
import type { Finding, Probe } from './probe.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** Whether the settings fit one another, and the load as far as it was measured. */
export function planProbes(config: Config, measured: Measured): readonly Probe[] {
  return [
    {
      id: 'dedup.ttl',
      tests: 'dedup.ttl against the horizons',
      run: async () => memoryFinding(config),
    },
    {
      id: 'genesys.budget',
      tests: 'genesys.requestsPerMinute against the schedules',
      run: async () => budgetFinding(config, measured),
    },
  ];
}

/** The configuration would not have been accepted if it did not fit: this says by how much it does. */
function memoryFinding({ dedup, streams: { reconciliation, conversations } }: Config): Finding {
  const { ttl } = dedup;
  const furthest = Math.max(reconciliation.horizon, conversations.lookback);
  const found = `${formatDuration(ttl)}; what is up to ${formatDuration(furthest)} old is read again (reconciliation.horizon ${formatDuration(reconciliation.horizon)}, lookback ${formatDuration(conversations.lookback)})`;
  return { outcome: 'passed', found };
}

function budgetFinding(config: Config, { conversationsPerHour }: Measured): Finding {
  const { conversations, reconciliation, eventLog } = config.streams;
  const pollsPerMinute = ticksPerMinute(config.poller.schedule);
  const windowMs = MINUTE / pollsPerMinute + conversations.overlap;
  const queries = { changes: 2, interval: 1 }[conversations.query];
  const needed = requestsPerMinute({
    pollsPerMinute,
    queries: conversations.enabled ? queries : 0,
    conversationsPerPoll: ((conversationsPerHour ?? 0) * windowMs) / HOUR,
    eventLog: eventLog.enabled,
    reconciliationsPerMinute: reconciliation.enabled ? ticksPerMinute(reconciliation.schedule) : 0,
  });
  const budget = config.genesys.requestsPerMinute;
  const rounded = needed < 10 ? Math.round(needed * 10) / 10 : Math.round(needed);
  const load = conversationsPerHour === undefined ? 'without any load' : 'at the load of the last hour';
  const found = `about ${rounded} requests a minute of ${budget}, ${load}`;
  if (needed <= budget) return { outcome: 'passed', found };
  return {
    outcome: 'failed',
    found,
    remedy:
      'Poll less often (poller.schedule), shorten streams.conversations.overlap, or raise genesys.requestsPerMinute (over 300 only if Genesys has raised its limit)',
  };
}
