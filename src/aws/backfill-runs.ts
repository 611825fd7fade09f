import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { parseInstant } from '../domain/instant.ts';
import type { Window } from '../domain/window.ts';
import type { BackfillRun, BackfillRuns } from '../ports/backfill-runs.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestContext } from '../ports/request-context.ts';
import { type Answer, type Lacks, lacksAttributes, type Request, sendToTable } from './send.ts';
import { type Item, instant, number, readCheckpointItem, setting, text } from './state-items.ts';

/** Whatever run is stored gives way, but not to a process whose lease another has taken over. */
const NO_HIGHER_FENCE = 'attribute_not_exists(pk) OR fence <= :fence';

/**
 * The run of a backfill, in the checkpoint of the stream `backfill`: a checkpoint like any other, whose origin is the
 * beginning of the period, with two attributes more: `until`, the end of it, and `earlier`, the periods of the runs before.
 */
export class DynamoBackfillRuns implements BackfillRuns {
  private readonly client: DynamoDBClient;
  private readonly table: string;
  private readonly key: Item;
  private readonly clock: Clock;

  constructor(options: {
    readonly client: DynamoDBClient;
    readonly table: string;
    /** `poller.name`. */
    readonly poller: string;
    readonly clock: Clock;
  }) {
    this.client = options.client;
    this.table = options.table;
    this.key = { pk: text(`${options.poller}#backfill`), sk: text('checkpoint') };
    this.clock = options.clock;
  }

  /** What is no run of ours (a checkpoint set by hand has no end) counts as none: it is going to be overwritten. */
  async read(context: RequestContext): Promise<BackfillRun | undefined> {
    const command = new GetItemCommand({ TableName: this.table, Key: this.key, ConsistentRead: true });
    const { Item: item } = await this.send('GetItem', (options) => this.client.send(command, options), context);
    const checkpoint = item && readCheckpointItem(item);
    const end = parseInstant(item?.until?.S);
    if (!checkpoint || end === undefined) return undefined;
    return { period: { start: checkpoint.origin, end }, checkpoint, earlier: readPeriods(item?.earlier) };
  }

  async write({ period, checkpoint, earlier }: BackfillRun, context: RequestContext): Promise<'written' | 'refused'> {
    const command = new UpdateItemCommand({
      TableName: this.table,
      Key: this.key,
      ...setting({
        watermark: instant(checkpoint.watermark),
        origin: instant(checkpoint.origin),
        fence: number(checkpoint.fence),
        updatedAt: instant(checkpoint.updatedAt),
        until: instant(period.end),
        earlier: { L: earlier.map(({ start, end }) => ({ M: { from: instant(start), to: instant(end) } })) },
      }),
      ConditionExpression: NO_HIGHER_FENCE,
      ReturnValues: 'UPDATED_NEW',
    });
    const request: Request<UpdateItemCommandOutput | undefined> = async (options) => {
      try {
        return await this.client.send(command, options);
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return undefined;
        throw error;
      }
    };
    return (await this.send('UpdateItem', request, context, lacksAttributes)) ? 'written' : 'refused';
  }

  private send<T extends Answer>(
    operation: string,
    request: Request<T>,
    context: RequestContext,
    lacks?: Lacks<T>,
  ): Promise<T> {
    const about = { action: `dynamodb:${operation}`, table: this.table, context, clock: this.clock };
    return sendToTable(request, { ...about, ...(lacks && { lacks }) });
  }
}

/** Of a run that a version before this one has written there are none. */
function readPeriods(value: AttributeValue | undefined): readonly Window[] {
  return (value?.L ?? []).flatMap(({ M }) => {
    const start = parseInstant(M?.from?.S);
    const end = parseInstant(M?.to?.S);
    return start === undefined || end === undefined ? [] : [{ start, end }];
  });
}
