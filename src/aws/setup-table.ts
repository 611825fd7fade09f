import {
  CreateTableCommand,
  type CreateTableCommandOutput,
  DescribeTableCommand,
  type DescribeTableCommandOutput,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type TableDescription,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { Failure } from '../domain/failure.ts';
import { fieldsOf, textOf } from '../domain/json.ts';
import type { Clock } from '../ports/clock.ts';
import { arnOf } from './arn.ts';
import { judge, tableFailure } from './failures.ts';
import { type Answer, type Lacks, type Request, sendWithRetries } from './send.ts';

/** What setup found or did about one resource. */
export interface SetupStep {
  /** `table NAME` or `bus NAME`. */
  readonly resource: string;
  readonly action: 'exists' | 'created' | 'would create';
  readonly detail: string;
  /** Of a table that exists: how it is paid for. */
  readonly billing?: string;
  /** Of a table that exists: its account. */
  readonly account?: string | undefined;
  /**
   * Set where what exists does not serve as it is: what the operator has to do. Setup never alters what
   * exists.
   */
  readonly remedy?: string;
}

/** How a table has to look: its keys, all of them strings, hash before range, and its TTL attribute. */
export interface TableShape {
  readonly table: string;
  readonly keys: readonly [string] | readonly [string, string];
  readonly ttl?: string;
}

export interface SetUpTableOptions {
  readonly client: DynamoDBClient;
  readonly dryRun: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A new table takes seconds to become ACTIVE. Milliseconds. */
const LOOK_EVERY = 250;
const READY_WITHIN = 120_000;

/** Creates a missing table and waits until it is ACTIVE; of an existing one, reports what does not fit. */
export async function setUpTable(shape: TableShape, options: SetUpTableOptions): Promise<SetupStep> {
  const work = new TableSetup(shape, options);
  const found = await work.describe();
  if (found) return work.report(found);
  if (options.dryRun) {
    return { resource: work.resource, action: 'would create', detail: `on-demand, ${wanted(shape)}` };
  }
  return work.create();
}

class TableSetup {
  readonly resource: string;
  private readonly shape: TableShape;
  private readonly options: SetUpTableOptions;

  constructor(shape: TableShape, options: SetUpTableOptions) {
    this.resource = `table ${shape.table}`;
    this.shape = shape;
    this.options = options;
  }

  /** Undefined if there is no such table. */
  async describe(): Promise<TableDescription | undefined> {
    const command = new DescribeTableCommand({ TableName: this.shape.table });
    const request: Request<DescribeTableCommandOutput> = (options) => this.options.client.send(command, options);
    const answer = await this.send('DescribeTable', request, ({ Table }) => (Table ? undefined : 'Table'), isMissing);
    return answer?.Table;
  }

  async report(found: TableDescription): Promise<SetupStep> {
    const resource = this.resource;
    const keys = keysOf(found);
    if (keys !== expectedKeys(this.shape)) {
      return {
        resource,
        action: 'exists',
        detail: `its keys are ${keys}, needed are ${expectedKeys(this.shape)}`,
        remedy: 'Choose another name in the configuration, or delete the table if nothing else needs it',
      };
    }
    const billing = billingOf(found);
    const account = arnOf(found.TableArn)?.account;
    if (this.shape.ttl === undefined) return { resource, action: 'exists', detail: keys, billing, account };
    const { state, fits } = await this.timeToLive(this.shape.ttl);
    return {
      resource,
      action: 'exists',
      detail: `${keys}; ${state}`,
      billing,
      account,
      ...(!fits && {
        remedy: `Enable TTL on the attribute ${this.shape.ttl}: \`${ttlCommand(this.shape.table, this.shape.ttl)}\`; without it the table grows for ever (nothing is lost or repeated)`,
      }),
    };
  }

  async create(): Promise<SetupStep> {
    const { table, keys, ttl } = this.shape;
    const command = new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((name) => ({ AttributeName: name, AttributeType: 'S' as const })),
      KeySchema: keys.map((name, index) => ({
        AttributeName: name,
        KeyType: index === 0 ? ('HASH' as const) : ('RANGE' as const),
      })),
    });
    const lacks: Lacks<CreateTableCommandOutput> = (answer) =>
      answer.TableDescription ? undefined : 'TableDescription';
    const request: Request<CreateTableCommandOutput> = (options) => this.options.client.send(command, options);
    await this.send('CreateTable', request, lacks, isCreatedByEarlierAttempt);
    await this.untilActive();
    const detail = ttl === undefined ? 'on-demand' : `on-demand; ${await this.enableTimeToLive(ttl)}`;
    return { resource: this.resource, action: 'created', detail: `${expectedKeys(this.shape)}; ${detail}` };
  }

  private async untilActive(): Promise<void> {
    const { clock, signal } = this.options;
    const until = clock.monotonic() + READY_WITHIN;
    while ((await this.describe())?.TableStatus !== 'ACTIVE') {
      if (clock.monotonic() >= until) {
        throw new Failure({
          code: 'table.unavailable',
          what: `The new table ${this.shape.table} is not ready`,
          why: `it did not become ACTIVE within ${READY_WITHIN / 1000} s`,
          remedy: 'Run `genesys-poller setup` again',
        });
      }
      await clock.sleep(LOOK_EVERY, signal);
    }
  }

  private async timeToLive(attribute: string): Promise<{ readonly state: string; readonly fits: boolean }> {
    const command = new DescribeTimeToLiveCommand({ TableName: this.shape.table });
    const answer = await this.send(
      'DescribeTimeToLive',
      (options) => this.options.client.send(command, options),
      ({ TimeToLiveDescription }) => (TimeToLiveDescription ? undefined : 'TimeToLiveDescription'),
      isUnknownOperation,
    );
    if (!answer) return { state: NO_TTL_HERE, fits: true };
    const { TimeToLiveStatus: status, AttributeName: name } = answer.TimeToLiveDescription ?? {};
    const on = status === 'ENABLED' || status === 'ENABLING';
    if (on && name === attribute) return { state: `TTL on ${attribute}`, fits: true };
    return { state: on ? `TTL on ${name} instead of ${attribute}` : 'TTL is off', fits: false };
  }

  private async enableTimeToLive(attribute: string): Promise<string> {
    const command = new UpdateTimeToLiveCommand({
      TableName: this.shape.table,
      TimeToLiveSpecification: { AttributeName: attribute, Enabled: true },
    });
    // The refusal of a repeated attempt says that TTL is on. DescribeTimeToLive may still say otherwise.
    let isOn = false;
    const answer = await this.send(
      'UpdateTimeToLive',
      (options) => this.options.client.send(command, options),
      ({ TimeToLiveSpecification }) => (TimeToLiveSpecification ? undefined : 'TimeToLiveSpecification'),
      (error, attempts) => {
        isOn = isEnabledByEarlierAttempt(error, attempts);
        return isOn || isUnknownOperation(error);
      },
    );
    return answer || isOn ? `TTL on ${attribute}` : NO_TTL_HERE;
  }

  /**
   * Repeats the request while the error is transient: a new table that is left without TTL stays so, because
   * a later setup finds it and does not alter it. Resolves to undefined where the error is one that
   * `expected` tells, given the number of attempts; any other becomes a Failure.
   */
  private async send<T extends Answer>(
    operation: string,
    request: Request<T>,
    lacks: Lacks<T>,
    expected: (error: unknown, attempts: number) => boolean = () => false,
  ): Promise<T | undefined> {
    const { signal, clock } = this.options;
    let attempts = 0;
    const onAttempt = () => void attempts++;
    try {
      return await sendWithRetries(request, { signal, clock, lacks, onAttempt });
    } catch (error) {
      signal.throwIfAborted();
      if (expected(error, attempts)) return undefined;
      throw tableFailure(error, { action: `dynamodb:${operation}`, table: this.shape.table });
    }
  }
}

/** A local replacement of DynamoDB may not know TTL. */
const NO_TTL_HERE = 'TTL not supported by this endpoint';

function isMissing(error: unknown): boolean {
  return judge(error) === 'missing';
}

function isUnknownOperation(error: unknown): boolean {
  return fieldsOf(error)?.name === 'UnknownOperationException';
}

/** The answer to an earlier attempt was lost. */
function isCreatedByEarlierAttempt(error: unknown, attempts: number): boolean {
  return attempts > 1 && fieldsOf(error)?.name === 'ResourceInUseException';
}

/** What DynamoDB says of TTL that is on: `ValidationException: TimeToLive is already enabled`. */
function isEnabledByEarlierAttempt(error: unknown, attempts: number): boolean {
  return attempts > 1 && /already enabled/.test(textOf(fieldsOf(error)?.message) ?? '');
}

function ttlCommand(table: string, attribute: string): string {
  return `aws dynamodb update-time-to-live --table-name ${table} --time-to-live-specification Enabled=true,AttributeName=${attribute}`;
}

function wanted(shape: TableShape): string {
  return shape.ttl === undefined ? expectedKeys(shape) : `${expectedKeys(shape)}, TTL on ${shape.ttl}`;
}

function expectedKeys({ keys }: TableShape): string {
  return describeKeys(keys.map((name) => ({ name, type: 'S' })));
}

function keysOf(table: TableDescription): string {
  const typeOf = (name: string | undefined) =>
    table.AttributeDefinitions?.find((definition) => definition.AttributeName === name)?.AttributeType ?? '?';
  return describeKeys(
    (table.KeySchema ?? []).map(({ AttributeName: name }) => ({ name: name ?? '?', type: typeOf(name) })),
  );
}

/** A table that was always provisioned says nothing of a billing mode. */
function billingOf({ BillingModeSummary, ProvisionedThroughput }: TableDescription): string {
  if (BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST') return 'on-demand';
  const { ReadCapacityUnits: reads, WriteCapacityUnits: writes } = ProvisionedThroughput ?? {};
  return `provisioned, ${reads ?? '?'} read and ${writes ?? '?'} write units`;
}

function describeKeys(keys: readonly { readonly name: string; readonly type: string }[]): string {
  return keys.map(({ name, type }) => `${name} (${type})`).join(', ');
}
