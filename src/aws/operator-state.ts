import {
  DeleteItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type { DeadLetter } from '../domain/dead-letter.ts';
import type { OperatorState, StoredDeadLetter, StreamState } from '../ports/operator-state.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { Checkpoint, WriteOutcome } from '../ports/state-store.ts';
import {
  deadLetterKey,
  type Item,
  instant,
  number,
  readCheckpointItem,
  readDeadLetterItem,
  readLastCycle,
  readLeaseItem,
  readUpdatedAt,
  text,
} from './state-items.ts';
import { StateItems } from './state-items-access.ts';

const DEAD_LETTERS = 'pk = :pk AND begins_with(sk, :dead)';
const ID_BEGINS = 'begins_with(id, :id)';

/** As the daemon's own write, but for the watermark, which here may move either way. */
const NO_HIGHER_FENCE = 'attribute_not_exists(pk) OR fence <= :fence';
const SET_CHECKPOINT =
  'SET watermark = :watermark, origin = if_not_exists(origin, :origin), fence = :fence, updatedAt = :updatedAt';

/**
 * The operator's view of the table that DynamoStateTable writes. Needs dynamodb:Query and
 * dynamodb:DeleteItem beside the daemon's permissions.
 */
export class DynamoOperatorState extends StateItems implements OperatorState {
  async readStream(stream: string, context: RequestContext): Promise<StreamState> {
    const [checkpointItem, leaseItem] = await Promise.all([
      this.getItem(this.keyOf(stream, 'checkpoint'), context),
      this.getItem(this.keyOf(stream, 'lease'), context),
    ]);
    const checkpoint = checkpointItem && this.parse(checkpointItem, readCheckpointItem);
    const lease = leaseItem && this.parse(leaseItem, readLeaseItem);
    const leaseWrittenAt = leaseItem && readUpdatedAt(leaseItem);
    const lastCycle = leaseItem && readLastCycle(leaseItem);
    return {
      ...(checkpoint && { checkpoint }),
      ...(lease && { lease }),
      ...(leaseWrittenAt !== undefined && { leaseWrittenAt }),
      ...(lastCycle && { lastCycle }),
    };
  }

  async countDeadLetters(stream: string, most: number, context: RequestContext): Promise<number> {
    let count = 0;
    for await (const page of this.query(stream, { Select: 'COUNT', Limit: most }, context)) {
      count += page.Count ?? 0;
      if (count >= most) return most;
    }
    return count;
  }

  async *deadLetters(
    stream: string,
    context: RequestContext,
    idPrefix?: string,
  ): AsyncGenerator<StoredDeadLetter, void, void> {
    const filter = idPrefix === undefined ? {} : { FilterExpression: ID_BEGINS };
    const values = idPrefix === undefined ? {} : { ':id': text(idPrefix) };
    for await (const page of this.query(stream, filter, context, values)) {
      for (const item of page.Items ?? []) yield this.parse(item, readDeadLetterItem);
    }
  }

  async deleteDeadLetter(stream: string, deadLetter: DeadLetter, context: RequestContext): Promise<void> {
    const command = new DeleteItemCommand({
      TableName: this.table,
      Key: { ...this.keyOf(stream, deadLetterKey(deadLetter)) },
    });
    await this.send('DeleteItem', (options) => this.client.send(command, options), context);
  }

  async setCheckpoint(
    stream: string,
    checkpoint: Checkpoint,
    context: RequestContext,
  ): Promise<WriteOutcome<Checkpoint>> {
    const update = {
      UpdateExpression: SET_CHECKPOINT,
      ConditionExpression: NO_HIGHER_FENCE,
      ExpressionAttributeValues: {
        ':watermark': instant(checkpoint.watermark),
        ':origin': instant(checkpoint.origin),
        ':fence': number(checkpoint.fence),
        ':updatedAt': instant(checkpoint.updatedAt),
      },
    };
    if (await this.update(this.keyOf(stream, 'checkpoint'), update, context)) return { outcome: 'written' };
    return { outcome: 'refused', stored: (await this.readStream(stream, context)).checkpoint };
  }

  private async *query(
    stream: string,
    more: Partial<QueryCommandInput>,
    context: RequestContext,
    values: Item = {},
  ): AsyncGenerator<QueryCommandOutput, void, void> {
    let from: Item | undefined;
    do {
      const command = new QueryCommand({
        TableName: this.table,
        KeyConditionExpression: DEAD_LETTERS,
        ExpressionAttributeValues: { ':pk': this.keyOf(stream, '').pk, ':dead': text('dead-letter#'), ...values },
        ConsistentRead: true,
        ...(from && { ExclusiveStartKey: from }),
        ...more,
      });
      const lacks = ({ Count, Items }: QueryCommandOutput) => {
        if (Count === undefined) return 'Count';
        return Items || more.Select === 'COUNT' ? undefined : 'Items';
      };
      const page = await this.send('Query', (options) => this.client.send(command, options), context, lacks);
      yield page;
      from = page.LastEvaluatedKey;
    } while (from);
  }
}
