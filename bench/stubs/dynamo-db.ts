import http from 'node:http';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startDatabase } from '../../src/sandbox/aws/database.ts';
import { type Answer, type Asked, awsJson, optionsOf, type Stub, serve } from './stub.ts';

/** The tables of the measured program; the stub knows no others. */
export const STATE_TABLE = 'GenesysPollerState';
export const DEDUP_TABLE = 'GenesysEventDedup';

export interface DynamoDbReport {
  /** Calls by operation; those on the state table also by what is meant: `UpdateItem lease`. */
  readonly calls: Readonly<Record<string, number>>;
  readonly idsRead: number;
  readonly idsWritten: number;
  /** When the last ID was written, epoch milliseconds. */
  readonly lastWriteAt: number;
}

type Key = { readonly id: { readonly S: string } };
type Item = Key & Readonly<Record<string, unknown>>;

/**
 * The dedup table is a map: only whole items are put and got, without conditions. The state table, with its
 * conditions and few calls, is dynalite's.
 */
class DynamoDbStub implements Stub {
  private readonly items = new Map<string, Item>();
  private readonly calls: Record<string, number> = {};
  private readonly stateTable: string;
  private idsRead = 0;
  private idsWritten = 0;
  private lastWriteAt = 0;

  /** `stateTable`: the URL of a database that has it. */
  constructor(stateTable: string) {
    this.stateTable = stateTable;
  }

  answer(asked: Asked): Answer | Promise<Answer> {
    const operation = String(asked.headers['x-amz-target']).split('.')[1] ?? '';
    const input = JSON.parse(asked.body);
    const concerns = input.TableName === STATE_TABLE ? ` ${input.Key?.sk?.S}` : '';
    this.calls[operation + concerns] = (this.calls[operation + concerns] ?? 0) + 1;
    if (input.TableName === STATE_TABLE) return this.forward(asked);
    switch (operation) {
      case 'BatchGetItem':
        return awsJson('1.0', {
          Responses: { [DEDUP_TABLE]: this.get(input.RequestItems[DEDUP_TABLE].Keys) },
          UnprocessedKeys: {},
        });
      case 'BatchWriteItem':
        this.put(
          input.RequestItems[DEDUP_TABLE].map((request: { PutRequest: { Item: Item } }) => request.PutRequest.Item),
        );
        return awsJson('1.0', { UnprocessedItems: {} });
      case 'GetItem':
        return awsJson('1.0', { Item: this.get([input.Key])[0] });
      case 'PutItem':
        this.put([input.Item]);
        return awsJson('1.0', {});
      default:
        throw new Error(`the program does not ask for ${operation} while it polls`);
    }
  }

  report(): DynamoDbReport {
    const { calls, idsRead, idsWritten, lastWriteAt } = this;
    return { calls, idsRead, idsWritten, lastWriteAt };
  }

  private get(keys: readonly Key[]): readonly Item[] {
    this.idsRead += keys.length;
    return keys.flatMap(({ id }) => this.items.get(id.S) ?? []);
  }

  private put(items: readonly Item[]): void {
    this.idsWritten += items.length;
    this.lastWriteAt = Date.now();
    for (const item of items) this.items.set(item.id.S, item);
  }

  private forward({ headers, body }: Asked): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = http.request(this.stateTable, { method: 'POST', headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const { 'content-length': _, ...rest } = response.headers;
          const status = response.statusCode ?? 500;
          resolve({ status, body: Buffer.concat(chunks).toString(), headers: rest as Record<string, string> });
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  }
}

const { url } = await startDatabase();
const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
await new DynamoDBClient({ endpoint: url, region: 'us-east-1', credentials }).send(
  new CreateTableCommand({
    TableName: STATE_TABLE,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
  }),
);
serve(new DynamoDbStub(url), optionsOf<{ readonly latency?: number }>().latency ?? 0);
