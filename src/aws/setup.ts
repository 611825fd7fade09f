import { CreateEventBusCommand, DescribeEventBusCommand } from '@aws-sdk/client-eventbridge';
import type { Clock } from '../ports/clock.ts';
import type { AwsClients } from './clients.ts';
import { busFailure, judge } from './failures.ts';
import { sendOnce } from './send.ts';
import { type SetupStep, setUpTable, type TableShape } from './setup-table.ts';

export type { SetupStep };

export interface SetupOptions {
  readonly clients: Pick<AwsClients, 'dynamoDb' | 'eventBridge'>;
  readonly stateTable: string;
  readonly dedupTable: string;
  /** Name or ARN of a classic bus; absent where the bus is none. */
  readonly bus?: string;
  /** Only looks. */
  readonly dryRun: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Creates the tables (on-demand, the dedup table with TTL) and the bus where they are missing, and waits until they can be used.
 * May be repeated at any time. Rejects with a Failure (`table.*`, `bus.*`, `aws.credentials`), or with the signal's reason.
 */
export async function setUp(options: SetupOptions): Promise<readonly SetupStep[]> {
  const steps: SetupStep[] = [];
  for (const shape of [stateShape(options.stateTable), dedupShape(options.dedupTable)]) {
    steps.push(await setUpTable(shape, { ...options, client: options.clients.dynamoDb }));
  }
  if (options.bus !== undefined) steps.push(await setUpBus(options.bus, options));
  return steps;
}

/** How the state table has to look. */
export function stateShape(table: string): TableShape {
  return { table, keys: ['pk', 'sk'] };
}

/** How the dedup table has to look. */
export function dedupShape(table: string): TableShape {
  return { table, keys: ['id'], ttl: 'ttl' };
}

/** Creates the bus, a name or an ARN, where it is missing. */
export async function setUpBus(
  bus: string,
  { clients, dryRun, signal }: Pick<SetupOptions, 'clients' | 'dryRun' | 'signal'>,
): Promise<SetupStep> {
  const resource = `bus ${bus}`;
  if (bus === 'default') return { resource, action: 'exists', detail: 'every account has it' };
  try {
    await sendOnce((end) => clients.eventBridge.send(new DescribeEventBusCommand({ Name: bus }), end), signal);
    return { resource, action: 'exists', detail: 'found' };
  } catch (error) {
    signal.throwIfAborted();
    // Only a name says where a missing bus is to be created: in the account and region at hand.
    if (judge(error) !== 'missing' || bus.startsWith('arn:')) {
      throw busFailure(error, { action: 'events:DescribeEventBus', bus });
    }
  }
  if (dryRun) return { resource, action: 'would create', detail: 'a classic bus' };
  try {
    await sendOnce((end) => clients.eventBridge.send(new CreateEventBusCommand({ Name: bus }), end), signal);
    return { resource, action: 'created', detail: 'a classic bus; rules that send its events on are yours to add' };
  } catch (error) {
    signal.throwIfAborted();
    throw busFailure(error, { action: 'events:CreateEventBus', bus });
  }
}
