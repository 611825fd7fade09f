import { randomUUID } from 'node:crypto';
import type { DeadLetter } from '../domain/dead-letter.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { Checkpoint, LastCycle, Lease, StateTable, StoredJob, WriteOutcome } from '../ports/state-store.ts';
import {
  deadLetterAttributes,
  deadLetterKey,
  type Item,
  instant,
  jobAttributes,
  lastCycleAttribute,
  number,
  readCheckpointItem,
  readJobItem,
  readLeaseItem,
  setting,
  text,
} from './state-items.ts';
import { StateItems } from './state-items-access.ts';

/**
 * A checkpoint moves forward, and its fence with it:
 *
 *     holder A, fence 1   writes watermark 10:00          nothing stored: written
 *     holder A            is paused
 *     holder B, fence 2   fences, writes watermark 10:05  not behind in either: written
 *     holder A            wakes, writes watermark 10:10   its fence 1 is behind the stored 2: refused
 *     holder B            repeats 10:05, the answer was lost   equal in both: written again, the same
 *
 * A stream has one beginning, the first that is written:
 *
 *     holder A, fence 1   creates the checkpoint at 10:00   still on the wire
 *     holder B, fence 2   fences, finds none                nothing stored
 *     holder A's write    arrives                           nothing stored: written
 *     holder B            creates the checkpoint at 10:01   the stored origin is another: refused
 *
 * Without that refusal 10:00 to 10:01 would never be read.
 *
 * Watermarks are compared as text, which in the fixed-width UTC form is comparing times.
 */
const NOT_BEHIND = 'attribute_not_exists(pk) OR (origin = :origin AND watermark <= :watermark AND fence <= :fence)';
const SET_CHECKPOINT = 'SET watermark = :watermark, origin = :origin, fence = :fence, updatedAt = :updatedAt';
const AND_REREAD_TO = ', rereadTo = :rereadTo';

/**
 * Only an existing checkpoint is fenced: the update must not create one that has a fence and nothing
 * else.
 */
const FENCE_NOT_BEHIND = 'attribute_exists(pk) AND fence <= :fence';
const SET_FENCE = 'SET fence = :fence';

/**
 * A lease is written over the very version that the writer has seen:
 *
 *     A and B   read version 7 and see it stand still
 *     A         writes 8 if 7 is stored: written
 *     B         writes 8 if 7 is stored: refused, 8 of A's is stored
 *     A         hears nothing, repeats 8 if 7 is stored: refused, but the stored attempt is its own: written
 */
const VERSION_AS_SEEN = 'version = :expected';
const NO_LEASE_YET = 'attribute_not_exists(pk)';
const SET_LEASE =
  'SET holder = :holder, version = :version, fence = :fence, durationMs = :durationMs, attempt = :attempt, updatedAt = :updatedAt';
/** What status tells about the stream. */
const AND_LAST_CYCLE = ', lastCycle = :lastCycle';

/**
 * Checkpoints, leases, jobs and dead letters of one poller, in a table with the keys `pk` =
 * `<poller>#<stream>` and `sk`.
 */
export class DynamoStateTable extends StateItems implements StateTable {
  readCheckpoint(stream: string, context: RequestContext): Promise<Checkpoint | undefined> {
    return this.read(stream, 'checkpoint', readCheckpointItem, context);
  }

  async writeCheckpoint(
    stream: string,
    checkpoint: Checkpoint,
    context: RequestContext,
  ): Promise<WriteOutcome<Checkpoint>> {
    const { rereadTo } = checkpoint;
    const written = await this.update(
      this.keyOf(stream, 'checkpoint'),
      {
        UpdateExpression: rereadTo === undefined ? SET_CHECKPOINT : SET_CHECKPOINT + AND_REREAD_TO,
        ConditionExpression: NOT_BEHIND,
        ExpressionAttributeValues: {
          ':watermark': instant(checkpoint.watermark),
          ':origin': instant(checkpoint.origin),
          ':fence': number(checkpoint.fence),
          ':updatedAt': instant(checkpoint.updatedAt),
          ...(rereadTo !== undefined && { ':rereadTo': instant(rereadTo) }),
        },
      },
      context,
    );
    return written
      ? { outcome: 'written' }
      : { outcome: 'refused', stored: await this.readCheckpoint(stream, context) };
  }

  async fenceCheckpoint(
    stream: string,
    fence: number,
    context: RequestContext,
  ): Promise<
    { readonly outcome: 'fenced'; readonly checkpoint: Checkpoint | undefined } | { readonly outcome: 'refused' }
  > {
    const key = this.keyOf(stream, 'checkpoint');
    for (;;) {
      const fenced = await this.update(
        key,
        {
          UpdateExpression: SET_FENCE,
          ConditionExpression: FENCE_NOT_BEHIND,
          ExpressionAttributeValues: { ':fence': number(fence) },
          ReturnValues: 'ALL_NEW',
        },
        context,
      );
      if (fenced)
        return { outcome: 'fenced', checkpoint: this.parse({ ...key, ...fenced.Attributes }, readCheckpointItem) };
      const stored = await this.readCheckpoint(stream, context);
      if (!stored) return { outcome: 'fenced', checkpoint: undefined };
      if (stored.fence > fence) return { outcome: 'refused' };
      // An earlier holder created the checkpoint between the two calls: now there is one to fence.
    }
  }

  readLease(stream: string, context: RequestContext): Promise<Lease | undefined> {
    return this.read(stream, 'lease', readLeaseItem, context);
  }

  async writeLease(
    stream: string,
    expectedVersion: number | undefined,
    next: Lease,
    context: RequestContext,
    lastCycle?: LastCycle,
  ): Promise<WriteOutcome<Lease>> {
    const attempt = randomUUID();
    const key = this.keyOf(stream, 'lease');
    const written = await this.update(
      key,
      {
        UpdateExpression: lastCycle ? SET_LEASE + AND_LAST_CYCLE : SET_LEASE,
        ConditionExpression: expectedVersion === undefined ? NO_LEASE_YET : VERSION_AS_SEEN,
        ExpressionAttributeValues: {
          ...(expectedVersion !== undefined && { ':expected': number(expectedVersion) }),
          ':holder': text(next.holder),
          ':version': number(next.version),
          ':fence': number(next.fence),
          ':durationMs': number(next.durationMs),
          ':attempt': text(attempt),
          ':updatedAt': instant(this.clock.now()),
          ...(lastCycle && { ':lastCycle': lastCycleAttribute(lastCycle) }),
        },
      },
      context,
    );
    if (written) return { outcome: 'written' };
    const item = await this.getItem(key, context);
    return item?.attempt?.S === attempt
      ? { outcome: 'written' }
      : { outcome: 'refused', stored: item && this.parse(item, readLeaseItem) };
  }

  readJob(stream: string, context: RequestContext): Promise<StoredJob | undefined> {
    return this.read(stream, 'job', readJobItem, context);
  }

  async writeJob(stream: string, job: StoredJob, context: RequestContext): Promise<void> {
    // The job of one holder is as good as that of another: the window before it has been delivered, and that stays
    // true for every holder.
    await this.update(this.keyOf(stream, 'job'), setting(jobAttributes(job)), context);
  }

  async putDeadLetter(stream: string, deadLetter: DeadLetter, context: RequestContext): Promise<void> {
    const { UpdateExpression, ExpressionAttributeNames, ExpressionAttributeValues } = setting(
      deadLetterAttributes(deadLetter),
    );
    await this.update(
      this.keyOf(stream, deadLetterKey(deadLetter)),
      {
        UpdateExpression: `${UpdateExpression}, #first = if_not_exists(#first, :seen), #last = :seen`,
        ExpressionAttributeNames: { ...ExpressionAttributeNames, '#first': 'firstSeenAt', '#last': 'lastSeenAt' },
        ExpressionAttributeValues: { ...ExpressionAttributeValues, ':seen': instant(deadLetter.recordedAt) },
      },
      context,
    );
  }

  private async read<T>(
    stream: string,
    sk: string,
    readItem: (item: Item) => T | undefined,
    context: RequestContext,
  ): Promise<T | undefined> {
    const item = await this.getItem(this.keyOf(stream, sk), context);
    return item && this.parse(item, readItem);
  }
}
