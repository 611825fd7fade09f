import type { OperatorAccess } from '../app/operator.ts';
import { isEnabled } from '../app/streams.ts';
import type { Config } from '../config/config.ts';
import { STREAM_NAMES, type StreamName } from '../domain/event.ts';
import { formatInstant, type Instant } from '../domain/instant.ts';
import { readUpTo } from '../domain/progress.ts';
import { isPolled } from '../domain/streams.ts';
import { colourful } from '../lib/colour.ts';
import type { StreamState } from '../ports/state-store.ts';
import { Interrupted } from './interrupt.ts';
import { asOperator } from './operator.ts';
import { columns, type Painted, painter, print, spoken, spokenLag } from './terminal.ts';

/** Dead letters are counted up to here: counting reads them, and a look at the status ought to cost little. */
const MOST_COUNTED = 1_000;

interface Row extends StreamState {
  readonly stream: StreamName;
  readonly enabled: boolean;
  readonly deadLetters: number;
}

/** A row for each stream that is enabled or has left a trace. Resolves to the exit code: 0 if the tables could be read. */
export function status(options: {
  readonly config?: string | undefined;
  readonly json?: boolean | undefined;
  /** Milliseconds between two looks; absent: one look. */
  readonly watch?: number | undefined;
}): Promise<number> {
  return asOperator(options, async (access) => {
    const { context, clock, config } = access;
    const show = options.json ? asJson : asTable;
    for (;;) {
      const rows = await look(access);
      if (options.watch !== undefined && !options.json && process.stdout.isTTY) process.stdout.write(CLEAR);
      for (const line of show(rows, config, clock.now())) print(line);
      if (options.watch === undefined) return 0;
      if (await stopped(clock.sleep(options.watch, context.signal))) return 0;
      if (!options.json && !process.stdout.isTTY) print();
    }
  });
}

/** Whether the wait was cut short: Ctrl-C is how a watch ends. */
async function stopped(wait: Promise<void>): Promise<boolean> {
  try {
    await wait;
    return false;
  } catch (error) {
    if (error instanceof Interrupted) return true;
    throw error;
  }
}

/** Cursor to the top left, and everything below it gone. */
const CLEAR = '\u001b[H\u001b[J';

async function look({ state: store, config, context }: OperatorAccess): Promise<readonly Row[]> {
  const rows = await Promise.all(
    STREAM_NAMES.map(async (stream): Promise<Row> => {
      const state = await store.readStream(stream, context);
      const deadLetters = await store.countDeadLetters(stream, MOST_COUNTED, context);
      return { ...state, stream, enabled: isEnabled(config, stream), deadLetters };
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
        durationSeconds: lease.durationMs / 1000,
        ...(leaseWrittenAt !== undefined && { ageSeconds: Math.max(0, Math.round((now - leaseWrittenAt) / 1000)) }),
      },
    }),
    ...(lastCycle && {
      lastCycle: {
        ...lastCycle,
        at: formatInstant(lastCycle.at),
        ...(lastCycle.watermark !== undefined && { watermark: formatInstant(lastCycle.watermark) }),
        ...(lastCycle.nextDue !== undefined && { nextDue: formatInstant(lastCycle.nextDue) }),
      },
    }),
    deadLetters,
    ...(deadLetters === MOST_COUNTED && { deadLettersAtLeast: true }),
  };
}

const HEADINGS = ['STREAM', 'CHECKPOINT', 'LAG', 'LEASE HOLDER', 'AGE', 'LAST CYCLE', 'PUBLISHED', 'DEAD LETTERS'];

function asTable(rows: readonly Row[], config: Config, now: Instant): readonly (string | Painted)[] {
  const paint = painter(colourful());
  const table = columns([HEADINGS, ...rows.map((row) => cellsOf(row, now))]);
  const [headings = '', ...lines] = table;
  const failures = rows.flatMap(({ stream, lastCycle }) =>
    lastCycle?.outcome === 'failed' ? [`${stream}: ${lastCycle.reason ?? ''} [${lastCycle.code ?? ''}]`] : [],
  );
  return [
    `poller ${config.poller.name}, table ${config.dynamoDb.stateTable}, ${formatInstant(now)}`,
    '',
    paint('dim', headings),
    ...lines.map((line, n) => (isTroubled(rows[n]) ? paint('yellow', line) : line)),
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
    lease ? lease.holder || 'nobody' : '-',
    age === undefined ? '-' : `~${spoken(age)}${expired ? ', expired' : ''}`,
    lastCycle ? `${lastCycle.outcome} ${spoken(now - lastCycle.at)} ago` : '-',
    lastCycle ? String(lastCycle.published) : '-',
    deadLetters === MOST_COUNTED ? `${MOST_COUNTED} or more` : String(deadLetters),
  ];
}
