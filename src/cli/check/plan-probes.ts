import type { Config } from '../../config/config.ts';
import { formatDuration } from '../../config/duration.ts';
import { MARGIN_MS } from '../../domain/dedup-history.ts';
import { requestsPerMinute } from '../../domain/request-plan.ts';
import { ticksPerMinute } from '../../schedule/cron-calendar.ts';
import type { Measured } from './genesys-probes.ts';
import type { Probe, ProbeOutcome } from './probe.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;
/** The data lake lags hours to a full day behind the clock. */
const LAKE_LAG = DAY;

/** Whether the settings fit one another, and the load as far as it was measured. */
export function planProbes(config: Config, measured: Measured): readonly Probe[] {
  return [
    {
      id: 'dedup.ttl',
      tests: 'dedup.ttl against the horizons',
      run: async () => dedupTtlProbe(config),
    },
    {
      id: 'genesys.budget',
      tests: 'genesys.requestsPerMinute against the schedules',
      run: async () => budgetOutcome(config, measured),
    },
  ];
}

/**
 * What a stream reads must be younger than `dedup.ttl` less the margin, or it is taken for too old and not
 * published. The configuration demands less: it does not know how far the data lake lags behind the clock.
 */
function dedupTtlProbe({ dedup: { ttl }, streams: { conversations, reconciliation, eventLog } }: Config): ProbeOutcome {
  const { settle, overlap, lookback } = conversations;
  const horizonEvery = Math.min(reconciliation.horizonEvery, reconciliation.horizon);
  const isLive = conversations.enabled || eventLog.enabled;
  const readings = [
    {
      isRead: reconciliation.enabled,
      age: reconciliation.horizon + LAKE_LAG + horizonEvery,
      by: `reconciliation (horizon ${formatDuration(reconciliation.horizon)}, a day for the lag of the data lake, horizonEvery ${formatDuration(horizonEvery)})`,
    },
    { isRead: conversations.enabled, age: lookback, by: `the live query (lookback ${formatDuration(lookback)})` },
    {
      isRead: isLive,
      age: settle + overlap,
      by: `the live streams (settle ${formatDuration(settle)}, overlap ${formatDuration(overlap)})`,
    },
  ]
    .filter(({ isRead }) => isRead)
    .map(({ age, by }) => ({ age, text: `what is up to ${formatDuration(age)} old is read by ${by}` }));
  const published = ttl - MARGIN_MS;
  const beyond = readings.filter(({ age }) => age > published);
  const period = `${formatDuration(ttl)}, of which a day is margin`;
  if (beyond.length === 0)
    return { outcome: 'passed', found: [period, ...readings.map(({ text }) => text)].join('; ') };
  const needed = Math.max(...readings.map(({ age }) => age)) + MARGIN_MS;
  return {
    outcome: isLive && settle >= published ? 'failed' : 'warning',
    found: [
      `${period}: what is older than ${formatDuration(published)} is not published (tooOld)`,
      ...beyond.map(({ text }) => text),
    ].join('; '),
    remedy: `Set dedup.ttl to ${formatDuration(needed)} or more, or what is found late is not published`,
  };
}

function budgetOutcome(config: Config, { conversationsPerHour }: Measured): ProbeOutcome {
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
