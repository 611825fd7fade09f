import { randomUUID } from 'node:crypto';
import type { DeadLetter } from '../domain/dead-letter.ts';
import type { DedupHistory } from '../domain/dedup-history.ts';
import { isGone, type Standby } from '../domain/lease.ts';
import type { Binding } from '../domain/organisation.ts';
import { BACKFILL } from '../domain/streams.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type {
  BackfillRun,
  Checkpoint,
  LastCycle,
  Lease,
  PollerItem,
  StateStore,
  StoredDeadLetter,
  StoredJob,
  StreamState,
  WriteOutcome,
} from '../ports/state-store.ts';
import { deadLetterKey, deadLetterQuery, deadLetterUpdate, readDeadLetterItem } from './dead-letter-items.ts';
import { DEDUP_HISTORY, DynamoPollerItem, ORGANISATION } from './poller-item.ts';
import { readStandbys, standbyUpdate } from './standby-items.ts';
import {
  backfillAttributes,
  instant,
  jobAttributes,
  lastCycleAttribute,
  number,
  readBackfillItem,
  readCheckpointItem,
  readJobItem,
  readLeaseItem,
  readLeaseState,
  setting,
  text,
} from './state-attributes.ts';
import {
  AND_LAST_CYCLE,
  AND_REREAD_TO,
  AND_VERSION,
  FENCE_NOT_BEHIND,
  NO_HIGHER_FENCE,
  NO_LEASE_YET,
  NOT_BEHIND,
  positionValues,
  SET_CHECKPOINT,
  SET_FENCE,
  SET_LEASE,
  SET_POSITION,
  VERSION_AS_SEEN,
  WITHOUT_VERSION,
} from './state-conditions.ts';
import { StateItems, type StateOptions } from './state-items.ts';

/**
 * The state of one poller, in a table with the keys `pk` and `sk`: `<poller>#<stream>` for the items of a
 * stream, `<poller>` for those of the poller as a whole. Only the methods of an operator need dynamodb:Query
 * and dynamodb:DeleteItem.
 */
export class DynamoStateStore implements StateStore {
  readonly dedupHistory: PollerItem<DedupHistory>;
  readonly organisation: PollerItem<Binding>;
  private readonly items: StateItems;
  private readonly clock: Clock;

  constructor(options: StateOptions) {
    this.clock = options.clock;
    this.items = new StateItems(options);
    this.dedupHistory = new DynamoPollerItem(this.items, 'dedup-since', DEDUP_HISTORY, this.clock);
    this.organisation = new DynamoPollerItem(this.items, 'organisation', ORGANISATION, this.clock);
  }

  readCheckpoint(stream: string, context: RequestContext): Promise<Checkpoint | undefined> {
    return this.items.read(this.items.keyOf(stream, 'checkpoint'), readCheckpointItem, context);
  }

  async writeCheckpoint(
    stream: string,
    checkpoint: Checkpoint,
    context: RequestContext,
  ): Promise<WriteOutcome<Checkpoint>> {
    const { rereadTo } = checkpoint;
    const written = await this.items.update(
      this.items.keyOf(stream, 'checkpoint'),
      {
        UpdateExpression: rereadTo === undefined ? SET_CHECKPOINT : SET_CHECKPOINT + AND_REREAD_TO,
        ConditionExpression: NOT_BEHIND,
        ExpressionAttributeValues: {
          ...positionValues(checkpoint),
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
    const key = this.items.keyOf(stream, 'checkpoint');
    for (;;) {
      const fenced = await this.items.update(
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
        return {
          outcome: 'fenced',
          checkpoint: this.items.parse({ ...key, ...fenced.Attributes }, readCheckpointItem),
        };
      const stored = await this.readCheckpoint(stream, context);
      if (!stored) return { outcome: 'fenced', checkpoint: undefined };
      if (stored.fence > fence) return { outcome: 'refused' };
      // An earlier holder created the checkpoint between the two calls: now there is one to fence.
    }
  }

  readLease(stream: string, context: RequestContext): Promise<Lease | undefined> {
    return this.items.read(this.items.keyOf(stream, 'lease'), readLeaseItem, context);
  }

  async writeLease(
    stream: string,
    expectedVersion: number | undefined,
    next: Lease,
    context: RequestContext,
    lastCycle?: LastCycle,
  ): Promise<WriteOutcome<Lease>> {
    const attempt = randomUUID();
    const key = this.items.keyOf(stream, 'lease');
    const written = await this.items.update(
      key,
      {
        UpdateExpression: [
          SET_LEASE,
          lastCycle ? AND_LAST_CYCLE : '',
          next.programVersion === undefined ? WITHOUT_VERSION : AND_VERSION,
        ].join(''),
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
          ...(next.programVersion !== undefined && { ':programVersion': text(next.programVersion) }),
        },
      },
      context,
    );
    if (written) return { outcome: 'written' };
    const item = await this.items.get(key, context);
    return item?.attempt?.S === attempt
      ? { outcome: 'written' }
      : { outcome: 'refused', stored: item && this.items.parse(item, readLeaseItem) };
  }

  readJob(stream: string, context: RequestContext): Promise<StoredJob | undefined> {
    return this.items.read(this.items.keyOf(stream, 'job'), readJobItem, context);
  }

  async writeJob(stream: string, job: StoredJob, context: RequestContext): Promise<void> {
    // The job of one holder is as good as that of another: the window before it has been delivered, and that
    // stays true for every holder.
    await this.items.update(this.items.keyOf(stream, 'job'), setting(jobAttributes(job)), context);
  }

  async putDeadLetter(stream: string, deadLetter: DeadLetter, context: RequestContext): Promise<void> {
    await this.items.update(this.items.keyOf(stream, deadLetterKey(deadLetter)), deadLetterUpdate(deadLetter), context);
  }

  async readStream(stream: string, context: RequestContext): Promise<StreamState> {
    const [checkpoint, lease] = await Promise.all([
      this.readCheckpoint(stream, context),
      this.items.read(this.items.keyOf(stream, 'lease'), readLeaseState, context),
    ]);
    const standbys = lease && (await this.readStandbys(stream, context));
    return { ...(checkpoint && { checkpoint }), ...lease, ...(standbys && { standbys }) };
  }

  async noteStandby(stream: string, standby: Standby, context: RequestContext): Promise<void> {
    const stored = (await this.readStandbys(stream, context)) ?? [];
    const gone = stored.filter((one) => one.holder !== standby.holder && isGone(one, standby.at));
    await this.items.update(this.items.keyOf(stream, 'standbys'), standbyUpdate(standby, gone), context);
  }

  private readStandbys(stream: string, context: RequestContext): Promise<readonly Standby[] | undefined> {
    return this.items.read(this.items.keyOf(stream, 'standbys'), readStandbys, context);
  }

  async setCheckpoint(
    stream: string,
    checkpoint: Checkpoint,
    context: RequestContext,
  ): Promise<WriteOutcome<Checkpoint>> {
    const update = {
      UpdateExpression: SET_POSITION,
      ConditionExpression: NO_HIGHER_FENCE,
      ExpressionAttributeValues: positionValues(checkpoint),
    };
    if (await this.items.update(this.items.keyOf(stream, 'checkpoint'), update, context)) return { outcome: 'written' };
    return { outcome: 'refused', stored: await this.readCheckpoint(stream, context) };
  }

  async countDeadLetters(stream: string, most: number, context: RequestContext): Promise<ReadonlyMap<string, number>> {
    const query = { ...deadLetterQuery(this.items.keyOf(stream, '').pk), ProjectionExpression: 'reason', Limit: most };
    const reasons = new Map<string, number>();
    let count = 0;
    for await (const { Items = [] } of this.items.query(query, context)) {
      for (const item of Items.slice(0, most - count)) {
        const reason = item.reason?.S ?? '';
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
      count += Items.length;
      if (count >= most) break;
    }
    return reasons;
  }

  async *deadLetters(
    stream: string,
    context: RequestContext,
    idPrefix?: string,
  ): AsyncGenerator<StoredDeadLetter, void, void> {
    const query = deadLetterQuery(this.items.keyOf(stream, '').pk, idPrefix);
    for await (const { Items } of this.items.query(query, context)) {
      for (const item of Items ?? []) yield this.items.parse(item, readDeadLetterItem);
    }
  }

  deleteDeadLetter(stream: string, deadLetter: DeadLetter, context: RequestContext): Promise<void> {
    return this.items.delete(this.items.keyOf(stream, deadLetterKey(deadLetter)), context);
  }

  async readBackfillRun(context: RequestContext): Promise<BackfillRun | undefined> {
    const item = await this.items.get(this.items.keyOf(BACKFILL, 'checkpoint'), context);
    // What is not a run of ours counts as none, and is not refused: it is going to be overwritten.
    return item && readBackfillItem(item);
  }

  async writeBackfillRun(run: BackfillRun, context: RequestContext): Promise<'written' | 'refused'> {
    const update = { ...setting(backfillAttributes(run)), ConditionExpression: NO_HIGHER_FENCE };
    const written = await this.items.update(this.items.keyOf(BACKFILL, 'checkpoint'), update, context);
    return written ? 'written' : 'refused';
  }
}
