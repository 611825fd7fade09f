import type { OperatorAccess } from '../app/operator.ts';
import { isEnabled } from '../app/streams.ts';
import type { Config } from '../config/config.ts';
import { readUpTo } from '../domain/cycle-report.ts';
import { formatInstant, type Instant } from '../domain/instant.ts';
import { isGone, type Standby } from '../domain/lease.ts';
import { isPolled, STREAM_NAMES, type StreamName } from '../domain/streams.ts';
import { supportsColour } from '../lib/colour.ts';
import type { StreamState } from '../ports/state-store.ts';
import { Interrupted } from './interrupt.ts';
import { asOperator } from './operator.ts';
import { Screen } from './screen.ts';
import { columns, type Painted, painter, print, spoken, spokenLag } from './terminal.ts';

/**
 * Dead letters are counted up to here: counting reads them, and a look at the status ought to cost little.
 */
const MAX_COUNTED = 1_000;

interface Row extends StreamState {
  readonly stream: StreamName;
  readonly enabled: boolean;
  /** How many have which reason. */
  readonly reasons: ReadonlyMap<string, number>;
  readonly deadLetters: number;
}

/**
 * A row for each stream that is enabled or has left a trace. Resolves to the exit code: 0 if the tables could
 * be read.
 */
export function status(options: {
  readonly config?: string | undefined;
  readonly json?: boolean | undefined;
  /** Milliseconds between two looks; absent: one look. */
  readonly watch?: number | undefined;
}): Promise<number> {
  return asOperator(options, async (access) => {
    const { context, clock, config } = access;
    const { json, watch } = options;
    const look = async () => (json ? asJson : asText)(await rowsOf(access), config, clock.now());
    const printed = (lines: readonly (string | Painted)[]) => lines.forEach((line) => void print(line));
    if (watch === undefined) {
      printed(await look());
      return 0;
    }
    const screen = process.stdout.isTTY && !json ? new Screen(process.stdout) : undefined;
    try {
      for (;;) {
        const lines = await look();
        if (screen) screen.show(lines);
        else printed(json ? lines : [...lines, '']);
        await clock.sleep(watch, context.signal);
      }
    } catch (error) {
      // Ctrl-C is how a watch ends.
      if (error instanceof Interrupted) return 0;
      throw error;
    } finally {
      screen?.end();
    }
  });
}

async function rowsOf({ state: store, config, context }: OperatorAccess): Promise<readonly Row[]> {
  const rows = await Promise.all(
    STREAM_NAMES.map(async (stream): Promise<Row> => {
      const state = await store.readStream(stream, context);
      const reasons = await store.countDeadLetters(stream, MAX_COUNTED, context);
      const deadLetters = [...reasons.values()].reduce((sum, count) => sum + count, 0);
      return { ...state, stream, enabled: isEnabled(config, stream), reasons, deadLetters };
    }),
  );
  return rows.filter(
    ({ enabled, checkpoint, lease, deadLetters }) => enabled || checkpoint || lease?.holder || deadLetters > 0,
  );
}

function lagOf({ stream, checkpoint, lastCycle }: Row, now: Instant): number | undefined {
  // A backfill is about a period in the past, and behind nothing.
  if (!checkpoint || !isPolled(stream)) return undefined;
  return now - readUpTo(checkpoint, lastCycle);
}

/**
 * How far the stream was behind when its last cycle ended, by the clock that the poller trusts for both
 * times.
 */
function trustedLagOf({ stream, lastCycle }: Row): number | undefined {
  if (lastCycle?.watermark === undefined || !isPolled(stream)) return undefined;
  return Math.max(0, lastCycle.at - lastCycle.watermark);
}

/** Without the holder, which has taken over since, and those that are gone. */
function standbysOf({ standbys = [], lease }: Row, now: Instant): readonly Standby[] {
  return standbys.filter((standby) => standby.holder !== lease?.holder && !isGone(standby, now));
}

/** The most frequent reason first. */
function reasonsOf({ reasons }: Row): readonly (readonly [reason: string, count: number])[] {
  return [...reasons].sort(([, a], [, b]) => b - a);
}

function asJson(rows: readonly Row[], config: Config, now: Instant): readonly string[] {
  const shown = {
    poller: config.poller.name,
    stateTable: config.dynamoDb.stateTable,
    at: formatInstant(now),
    streams: rows.map((row) => entryOf(row, now)),
  };
  return [JSON.stringify(shown)];
}

function entryOf(row: Row, now: Instant): object {
  const { stream, enabled, checkpoint, lease, leaseWrittenAt, lastCycle, deadLetters } = row;
  const lag = lagOf(row, now);
  const trustedLag = trustedLagOf(row);
  const secondsSince = (then: Instant) => Math.max(0, Math.round((now - then) / 1000));
  return {
    stream,
    enabled,
    ...(checkpoint && {
      checkpoint: formatInstant(checkpoint.watermark),
      ...(lag !== undefined && { lagSeconds: Math.round(lag / 1000) }),
      origin: formatInstant(checkpoint.origin),
    }),
    ...(lease && {
      lease: {
        holder: lease.holder === '' ? null : lease.holder,
        ...(lease.holder !== '' && lease.programVersion !== undefined && { version: lease.programVersion }),
        durationSeconds: lease.durationMs / 1000,
        ...(leaseWrittenAt !== undefined && { ageSeconds: secondsSince(leaseWrittenAt) }),
      },
    }),
    ...(lastCycle && {
      lastCycle: {
        ...lastCycle,
        at: formatInstant(lastCycle.at),
        ...(trustedLag !== undefined && { trustedLagSeconds: Math.round(trustedLag / 1000) }),
        ...(lastCycle.watermark !== undefined && { watermark: formatInstant(lastCycle.watermark) }),
        ...(lastCycle.nextDue !== undefined && { nextDue: formatInstant(lastCycle.nextDue) }),
      },
    }),
    standbys: standbysOf(row, now).map(({ holder, at, programVersion }) => ({
      holder,
      version: programVersion ?? null,
      notedSeconds: secondsSince(at),
    })),
    deadLetters,
    deadLettersByReason: reasonsOf(row).map(([reason, count]) => ({ reason, count })),
    ...(deadLetters === MAX_COUNTED && { deadLettersAtLeast: true }),
  };
}

const HEADINGS = ['STREAM', 'CHECKPOINT', 'LAG', 'LEASE HOLDER', 'AGE', 'LAST CYCLE', 'PUBLISHED', 'DEAD LETTERS'];

function asText(rows: readonly Row[], config: Config, now: Instant): readonly (string | Painted)[] {
  const paint = painter(supportsColour());
  const table = columns([HEADINGS, ...rows.map((row) => cellsOf(row, now))]);
  const [headings = '', ...lines] = table;
  const [loadHeadings = '', ...loads] = columns([LOAD_HEADINGS, ...rows.map((row) => loadCellsOf(row, now))]);
  const failures = rows.flatMap(({ stream, lastCycle }) =>
    lastCycle?.outcome === 'failed' ? [`${stream}: ${lastCycle.reason ?? ''} [${lastCycle.code ?? ''}]`] : [],
  );
  return [
    `poller ${config.poller.name}, table ${config.dynamoDb.stateTable}, ${formatInstant(now)}`,
    '',
    paint('dim', headings),
    ...lines.map((line, n) => (isTroubled(rows[n]) ? paint('yellow', line) : line)),
    '',
    paint('dim', loadHeadings),
    ...loads,
    ...rows.flatMap(deadLetterLines),
    ...failures.flatMap((failure) => ['', paint('red', failure)]),
  ];
}

function isTroubled(row: Row | undefined): boolean {
  return row?.lastCycle?.outcome === 'failed' || (row?.deadLetters ?? 0) > 0;
}

function cellsOf(row: Row, now: Instant) {
  const { stream, enabled, checkpoint, lease, leaseWrittenAt, lastCycle, deadLetters } = row;
  const lag = lagOf(row, now);
  const age = leaseWrittenAt === undefined ? undefined : now - leaseWrittenAt;
  const expired = lease && age !== undefined && lease.holder !== '' && age > lease.durationMs * 2;
  return [
    enabled || !isPolled(stream) ? stream : `${stream} (disabled)`,
    checkpoint ? formatInstant(checkpoint.watermark) : '-',
    lag === undefined ? '-' : spokenLag(lag),
    lease ? lease.holder || 'none' : '-',
    age === undefined ? '-' : `~${spoken(age)}${expired ? ', expired' : ''}`,
    lastCycle ? `${lastCycle.outcome} ${spoken(now - lastCycle.at)} ago` : '-',
    lastCycle ? String(lastCycle.published) : '-',
    deadLetters === MAX_COUNTED ? `${MAX_COUNTED} or more` : String(deadLetters),
  ];
}

const LOAD_HEADINGS = ['STREAM', 'TRUSTED LAG', 'BUDGET', 'THROTTLED', 'NEXT POLL', 'VERSION', 'STANDBY HOSTS'];

function loadCellsOf(row: Row, now: Instant) {
  const { stream, lease, lastCycle } = row;
  const { budgetShare, throttledMs, nextDue } = lastCycle ?? {};
  const trustedLag = trustedLagOf(row);
  const standbys = standbysOf(row, now).map(({ holder, at, programVersion }) => {
    const [host = holder] = holder.split(':');
    return `${host} (${programVersion ?? 'version unknown'}, noted ${spoken(now - at)} ago)`;
  });
  return [
    stream,
    trustedLag === undefined ? '-' : spoken(trustedLag),
    budgetShare === undefined ? '-' : `${Math.round(budgetShare * 100)} %`,
    throttledMs === undefined ? '-' : spoken(throttledMs),
    // Without a holder no poll is due.
    nextDue === undefined || !lease?.holder ? '-' : spokenDue(nextDue - now),
    (lease?.holder && lease.programVersion) || '-',
    standbys.join(', ') || '-',
  ];
}

function spokenDue(ms: number): string {
  return ms >= 0 ? `in ${spoken(ms)}` : `${spoken(-ms)} ago`;
}

/** Reasons that people are shown; programs get all. */
const MAX_REASONS = 5;

function deadLetterLines(row: Row): readonly string[] {
  const reasons = reasonsOf(row);
  if (reasons.length === 0) return [];
  const shown = reasons.slice(0, MAX_REASONS).map(([reason, count]) => `  ${count} × ${reason || 'no reason stored'}`);
  const more = reasons.length - shown.length;
  return [
    '',
    `Dead letters of ${row.stream}:`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more reasons: see --json`] : []),
  ];
}
