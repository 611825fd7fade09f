import { randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import type { GenesysEvent } from 'genesys-eventbridge-poller/events';
import { callResultOf } from './crm.ts';
import type { ConsumerOptions } from './powertools.ts';

/** What became of a delivery. */
export type Outcome = 'done' | 'duplicate';

/**
 * A Lambda handler that reports each disposition once, by one conditional write before the effect and one write after it. As with
 * Powertools, a crash between the effect and the second write repeats the effect.
 *
 * Returns `duplicate` for what is done. Throws while another invocation is at work on the same event, and what the CRM throws.
 */
export function createRecordFirstHandler({ crm, client, table, rememberSeconds }: ConsumerOptions) {
  return async (event: GenesysEvent<'dispositionSet'>, context: Context): Promise<Outcome> => {
    const { idempotencyKey } = event.detail.metadata;
    const record = new EventRecord(client, table, `crm#${idempotencyKey}`);
    if (!(await record.claim(context.getRemainingTimeInMillis(), rememberSeconds))) return 'duplicate';
    try {
      await crm.report(callResultOf(event), idempotencyKey);
    } catch (error) {
      // Where this fails too, the claim ends by itself.
      await record.release().catch(() => undefined);
      throw error;
    }
    await record.complete();
    return 'done';
  };
}

/**
 *     claim ── effect ── complete ──────────────────────────── expiration
 *       └──────────────────── lockedUntil, if it never comes to complete
 *
 * A record may be claimed when there is none, when it is past its expiration (TTL deletes late), or when its claimant's time is over
 * and it is not completed.
 */
const CLAIMABLE = 'attribute_not_exists(id) OR expiration < :now OR (#status = :inProgress AND lockedUntil < :nowMs)';
/** An invocation may complete or release only what it has claimed. */
const OURS = '#owner = :owner';
const IN_PROGRESS = { S: 'INPROGRESS' };
const COMPLETED = { S: 'COMPLETED' };

/** The record of one event, as one invocation sees it. */
class EventRecord {
  private readonly client: DynamoDBClient;
  private readonly at: { readonly TableName: string; readonly Key: { readonly id: { readonly S: string } } };
  private readonly owner = { S: randomUUID() };

  constructor(client: DynamoDBClient, table: string, id: string) {
    this.client = client;
    this.at = { TableName: table, Key: { id: { S: id } } };
  }

  /** False if the event is done already; throws if another invocation is at work on it. */
  async claim(lockMs: number, rememberSeconds: number): Promise<boolean> {
    const nowMs = Date.now();
    const now = Math.floor(nowMs / 1000);
    try {
      await this.client.send(
        new PutItemCommand({
          TableName: this.at.TableName,
          Item: {
            ...this.at.Key,
            owner: this.owner,
            status: IN_PROGRESS,
            lockedUntil: { N: String(nowMs + lockMs) },
            expiration: { N: String(now + rememberSeconds) },
          },
          ConditionExpression: CLAIMABLE,
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: {
            ':inProgress': IN_PROGRESS,
            ':now': { N: String(now) },
            ':nowMs': { N: String(nowMs) },
          },
        }),
      );
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
    const { Item: found } = await this.client.send(new GetItemCommand({ ...this.at, ConsistentRead: true }));
    // The SDK sends a write again whose answer was lost, and the second one meets the first.
    if (found?.owner?.S === this.owner.S) return true;
    if (found?.status?.S === COMPLETED.S) return false;
    throw new Error(`another invocation is at work on ${this.at.Key.id.S}`);
  }

  async complete(): Promise<void> {
    await this.client.send(
      new UpdateItemCommand({
        ...this.at,
        UpdateExpression: 'SET #status = :completed',
        ConditionExpression: OURS,
        ExpressionAttributeNames: { '#status': 'status', '#owner': 'owner' },
        ExpressionAttributeValues: { ':owner': this.owner, ':completed': COMPLETED },
      }),
    );
  }

  async release(): Promise<void> {
    await this.client.send(
      new DeleteItemCommand({
        ...this.at,
        ConditionExpression: OURS,
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: { ':owner': this.owner },
      }),
    );
  }
}
