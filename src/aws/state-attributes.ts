import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { formatInstant, parseInstant } from '../domain/instant.ts';
import type { Window } from '../domain/window.ts';
import type { BackfillRun, Checkpoint, LastCycle, Lease, StoredJob, StreamState } from '../ports/state-store.ts';

/** An item, or a part of one, as DynamoDB has it. */
export type Item = Record<string, AttributeValue>;

export function text(value: string): AttributeValue {
  return { S: value };
}

export function number(value: number): AttributeValue {
  return { N: String(value) };
}

export function instant(value: number): AttributeValue {
  return { S: formatInstant(value) };
}

/** Undefined for an item that is not a checkpoint of ours. */
export function readCheckpointItem(item: Item): Checkpoint | undefined {
  const watermark = parseInstant(item.watermark?.S);
  const origin = parseInstant(item.origin?.S);
  const updatedAt = parseInstant(item.updatedAt?.S);
  const fence = readNumber(item.fence);
  if (watermark === undefined || origin === undefined || updatedAt === undefined || fence === undefined)
    return undefined;
  const rereadTo = parseInstant(item.rereadTo?.S);
  return { watermark, origin, fence, updatedAt, ...(rereadTo !== undefined && { rereadTo }) };
}

/** Undefined for an item that is not a lease of ours. */
export function readLeaseItem(item: Item): Lease | undefined {
  const holder = item.holder?.S;
  const version = readNumber(item.version);
  const fence = readNumber(item.fence);
  const durationMs = readNumber(item.durationMs);
  if (holder === undefined || version === undefined || fence === undefined || durationMs === undefined)
    return undefined;
  const programVersion = item.programVersion?.S;
  return { holder, version, fence, durationMs, ...(programVersion !== undefined && { programVersion }) };
}

/** What an operator sees of a lease: when it was written, and the latest cycle that it records. */
export function readLeaseState(item: Item): Omit<StreamState, 'checkpoint'> | undefined {
  const lease = readLeaseItem(item);
  const leaseWrittenAt = parseInstant(item.updatedAt?.S);
  const lastCycle = readLastCycle(item);
  return (
    lease && {
      lease,
      ...(leaseWrittenAt !== undefined && { leaseWrittenAt }),
      ...(lastCycle && { lastCycle }),
    }
  );
}

function readLastCycle(item: Item): LastCycle | undefined {
  const fields = item.lastCycle?.M ?? {};
  const outcome = OUTCOMES.find((one) => one === fields.outcome?.S);
  const at = parseInstant(fields.at?.S);
  const published = readNumber(fields.published);
  if (outcome === undefined || at === undefined || published === undefined) return undefined;
  const watermark = parseInstant(fields.watermark?.S);
  const { code, reason } = { code: fields.code?.S, reason: fields.reason?.S };
  const budgetShare = readNumber(fields.budgetShare);
  const throttledMs = readNumber(fields.throttledMs);
  const nextDue = parseInstant(fields.nextDue?.S);
  return {
    outcome,
    at,
    published,
    ...(watermark !== undefined && { watermark }),
    ...(budgetShare !== undefined && { budgetShare }),
    ...(throttledMs !== undefined && { throttledMs }),
    ...(nextDue !== undefined && { nextDue }),
    ...(code !== undefined && { code }),
    ...(reason !== undefined && { reason }),
  };
}

const OUTCOMES = ['completed', 'interrupted', 'failed'] as const;

export function lastCycleAttribute(cycle: LastCycle): AttributeValue {
  return {
    M: {
      outcome: text(cycle.outcome),
      at: instant(cycle.at),
      published: number(cycle.published),
      ...(cycle.watermark !== undefined && { watermark: instant(cycle.watermark) }),
      ...(cycle.budgetShare !== undefined && { budgetShare: number(cycle.budgetShare) }),
      ...(cycle.throttledMs !== undefined && { throttledMs: number(cycle.throttledMs) }),
      ...(cycle.nextDue !== undefined && { nextDue: instant(cycle.nextDue) }),
      ...(cycle.code !== undefined && { code: text(cycle.code) }),
      ...(cycle.reason !== undefined && { reason: text(cycle.reason.slice(0, MAX_REASON_LENGTH)) }),
    },
  };
}

/** A lease is written again and again: it is to stay within one write unit, 1 KB. */
const MAX_REASON_LENGTH = 400;

/** Undefined for an item that is not a job of ours. */
export function readJobItem(item: Item): StoredJob | undefined {
  const id = item.jobId?.S;
  const start = parseInstant(item.pieceStart?.S);
  const end = parseInstant(item.pieceEnd?.S);
  const windowEnd = parseInstant(item.windowEnd?.S);
  const watermark = parseInstant(item.watermark?.S);
  const checkpointAt = parseInstant(item.checkpointAt?.S);
  const known = start !== undefined && end !== undefined && windowEnd !== undefined;
  if (!id || !known || watermark === undefined || checkpointAt === undefined) return undefined;
  return { id, piece: { start, end }, windowEnd, watermark, checkpointAt };
}

export function jobAttributes(job: StoredJob): Item {
  return {
    jobId: text(job.id),
    pieceStart: instant(job.piece.start),
    pieceEnd: instant(job.piece.end),
    windowEnd: instant(job.windowEnd),
    watermark: instant(job.watermark),
    checkpointAt: instant(job.checkpointAt),
  };
}

/**
 * The run of a backfill, in the checkpoint of the stream `backfill`: a checkpoint like any other, whose
 * origin is the beginning of the period, with three attributes more: `until`, the end of the period,
 * `selection`, and `earlier`, the periods of the runs before. Undefined for any other checkpoint, such as one
 * that was set by hand.
 */
export function readBackfillItem(item: Item): BackfillRun | undefined {
  const checkpoint = readCheckpointItem(item);
  const end = parseInstant(item.until?.S);
  if (!checkpoint || end === undefined) return undefined;
  return {
    period: { start: checkpoint.origin, end },
    selection: item.selection?.S,
    checkpoint,
    earlier: readPeriods(item.earlier),
  };
}

export function backfillAttributes({ period, selection, checkpoint, earlier }: BackfillRun): Item {
  return {
    watermark: instant(checkpoint.watermark),
    origin: instant(checkpoint.origin),
    fence: number(checkpoint.fence),
    updatedAt: instant(checkpoint.updatedAt),
    until: instant(period.end),
    ...(selection !== undefined && { selection: { S: selection } }),
    earlier: { L: earlier.map(({ start, end }) => ({ M: { from: instant(start), to: instant(end) } })) },
  };
}

/** A run that an earlier version has written has none. */
function readPeriods(value: AttributeValue | undefined): readonly Window[] {
  return (value?.L ?? []).flatMap(({ M }) => {
    const start = parseInstant(M?.from?.S);
    const end = parseInstant(M?.to?.S);
    return start === undefined || end === undefined ? [] : [{ start, end }];
  });
}

/** An update that sets these attributes, whatever their names. */
export function setting(attributes: Item) {
  const names = Object.keys(attributes);
  return {
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`:${name}`, value]),
    ),
  };
}

export function readNumber(value: AttributeValue | undefined): number | undefined {
  return value?.N === undefined ? undefined : Number(value.N);
}
