import type { AuditResult, Missing } from '../audit/audit.ts';
import { formatDuration } from '../config/duration.ts';
import { AUDIT_STATUSES, type AuditStatus, type AuditStatusCounts, totalOf } from '../domain/audit.ts';
import { EVENT_TYPES, type EventType } from '../domain/catalogue.ts';
import { formatInstant } from '../domain/instant.ts';
import type { Scope } from '../domain/selection.ts';
import type { Window } from '../domain/window.ts';
import { columns } from './terminal.ts';

/** What an audit has found, and what it was about. */
export interface Audited {
  readonly poller: string;
  readonly scope: Scope;
  /** As asked for. */
  readonly period: Window;
  readonly dedupTtl: number;
  readonly isLiveEnabled: boolean;
  readonly result: AuditResult;
  /** What became of the missing; absent where they were only to be found. */
  readonly repair?: Repair;
}

export interface Repair {
  readonly published: number;
  /** Found published when their turn came. */
  readonly known: number;
  /** Refused by the bus: dead letters now. */
  readonly refused: number;
}

/** Missing events that people are shown; programs get all that are kept. */
const MAX_SHOWN = 20;
/** There are no jobs for the dialer's log. */
const NOT_COVERED: EventType = 'outboundEventLogged';
const HEADINGS: Readonly<Record<AuditStatus, string>> = {
  published: 'PUBLISHED',
  missing: 'MISSING',
  deadLetter: 'DEAD LETTERS',
  notDue: 'NOT DUE YET',
  beforeBeginning: 'BEFORE BEGINNING',
  tooOld: 'TOO OLD TO TELL',
};

/** Events that are still missing, after the repair if there was one. */
export function stillMissing({ result, repair }: Pick<Audited, 'result' | 'repair'>): number {
  return result.count.total.missing - (repair ? repair.published + repair.known : 0);
}

/** Whether all of the audited period could be read, and nothing of it is missing any more. */
export function isComplete(audited: Audited): boolean {
  return stillMissing(audited) === 0 && audited.result.unread.length === 0;
}

/** One JSON object. */
export function auditJson(audited: Audited): string {
  const { poller, scope, period, result, repair } = audited;
  const { count, missing, limits } = result;
  const withSource = (counts: AuditStatusCounts) => ({ source: totalOf(counts), ...counts });
  const byType = typesOf(audited).map(([type, counts]) => [type, withSource(counts)]);
  return JSON.stringify({
    ok: isComplete(audited),
    poller,
    scope,
    from: formatInstant(period.start),
    to: formatInstant(period.end),
    auditedTo: formatInstant(result.audited.end),
    events: withSource(count.total),
    byType: Object.fromEntries(byType),
    missing: missing.map((one) => ({ ...one, timestamp: formatInstant(one.timestamp) })),
    missingNotListed: count.total.missing - missing.length,
    ...(repair && { repair }),
    unidentified: result.malformed,
    unread: result.unread.map(({ start, end }) => ({ from: formatInstant(start), to: formatInstant(end) })),
    limits: {
      rememberedSince: formatInstant(limits.rememberedSince),
      guaranteed: formatInstant(result.guaranteed),
      ...(Number.isFinite(limits.watermark) && { reached: formatInstant(limits.watermark) }),
      tasks: limits.publishingPeriods.map(({ start, end }) => ({
        from: formatInstant(start),
        ...(Number.isFinite(end) && { to: formatInstant(end) }),
      })),
      notCovered: [NOT_COVERED],
    },
  });
}

/** For people: figures, what is missing, what was done about it, and what the figures rest on. */
export function auditText(audited: Audited): string {
  const { poller, scope, result } = audited;
  return [
    `poller ${poller}, scope ${scope}, ${formatInstant(result.audited.start)} to ${formatInstant(result.audited.end)}`,
    '',
    ...figuresOf(audited),
    ...listOf(result.missing, result.count.total.missing),
    '',
    ...verdictOf(audited),
    '',
    ...limitsOf(audited).map((line) => `- ${line}`),
  ].join('\n');
}

function typesOf({ result }: Audited): readonly (readonly [EventType, AuditStatusCounts])[] {
  const { byType } = result.count;
  return EVENT_TYPES.flatMap((type) => {
    const counts = byType.get(type);
    return counts ? [[type, counts] as const] : [];
  });
}

function figuresOf(audited: Audited): readonly string[] {
  const row = (name: string, counts: AuditStatusCounts) => [
    name,
    String(totalOf(counts)),
    ...AUDIT_STATUSES.map((status) => String(counts[status])),
  ];
  return columns([
    ['EVENT TYPE', 'IN GENESYS', ...AUDIT_STATUSES.map((status) => HEADINGS[status])],
    ...typesOf(audited).map(([type, counts]) => row(type, counts)),
    row('all', audited.result.count.total),
  ]);
}

function listOf(missing: readonly Missing[], all: number): readonly string[] {
  if (all === 0) return [];
  const shown = missing.slice(0, MAX_SHOWN);
  const table = columns([
    ['MISSING', 'TIME', 'CONVERSATION', 'ID'],
    ...shown.map(({ eventType, timestamp, conversationId, id }) => [
      eventType,
      formatInstant(timestamp),
      conversationId,
      id,
    ]),
  ]);
  return ['', ...table, ...(all > shown.length ? [`and ${all - shown.length} more: see --json`] : [])];
}

function verdictOf({ period, result, repair }: Audited): readonly string[] {
  const { missing, deadLetter, tooOld } = result.count.total;
  const isAllJudged = tooOld === 0 && result.audited.end === period.end && result.unread.length === 0;
  const nothing = isAllJudged ? 'Nothing is missing' : 'Nothing is missing of what is known';
  const hasDeadLetters = deadLetter + (repair?.refused ?? 0) > 0;
  return [
    missing === 0 ? nothing : `${missing} missing`,
    ...(missing > 0 ? [repair ? repairText(repair) : 'Add --repair to publish them'] : []),
    ...(hasDeadLetters ? ['For dead letters: genesys-poller dead-letters list, and dead-letters redrive'] : []),
  ];
}

function repairText({ published, known, refused }: Repair): string {
  return `Repair: ${published} published, ${known} found published meanwhile, ${refused} refused by the bus and stored as dead letters`;
}

/** What could be known, and what could not. */
function limitsOf({ period, result, dedupTtl, isLiveEnabled }: Audited): readonly string[] {
  const { audited, guaranteed, limits, malformed, unread } = result;
  const look = isLiveEnabled ? 'live stream' : 'reconciliation';
  const cut = audited.end < period.end;
  return [
    `Genesys's data lake is complete up to ${formatInstant(guaranteed)}${cut ? `: what is from there to ${formatInstant(period.end)} was not audited` : ''}`,
    ...unread.map(
      ({ start, end }) =>
        `A part of what is from ${formatInstant(start)} to ${formatInstant(end)} could not be read (gap.detected), and is in no figure`,
    ),
    Number.isFinite(limits.watermark)
      ? `The ${look} has read up to ${formatInstant(limits.watermark)}: what is later, and not published, is not due yet`
      : `The ${look} is not running: nothing is waited for`,
    publishingText(limits.publishingPeriods),
    `Publication is remembered for dedup.ttl, ${formatDuration(dedupTtl)}, a day of which is margin: whether an event from before ${formatInstant(limits.rememberedSince)} was published is unknown unless its ID is remembered`,
    ...(malformed > 0
      ? [`Pieces of records in which no event could be identified, in no figure above: ${malformed}`]
      : []),
    `What Genesys adds later to these conversations is in no figure, and neither is the dialer's event log (${NOT_COVERED}), which cannot be asked for a past period`,
  ];
}

function publishingText(periods: readonly Window[]): string {
  if (periods.length === 0) return 'No poller has begun yet: nothing was to be published';
  const spoken = periods.map(({ start, end }) =>
    Number.isFinite(end)
      ? `from ${formatInstant(start)} to ${formatInstant(end)} (backfill)`
      : `since ${formatInstant(start)}`,
  );
  return `The poller was to publish ${spoken.join(' and ')}: an unpublished event outside of that does not count as missing`;
}
