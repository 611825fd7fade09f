import type { Clock } from '../ports/clock.ts';
import type { AwsClients } from './clients.ts';
import { type SetupStep, setUpTable, type TableShape } from './setup-table.ts';
import type { TargetBus } from './sink.ts';

export type { SetupStep };

export interface SetupOptions {
  readonly clients: Pick<AwsClients, 'dynamoDb'>;
  readonly stateTable: string;
  readonly dedupTable: string;
  /** Absent: the tables only. */
  readonly bus?: Pick<TargetBus, 'setUp'>;
  /** Only looks. */
  readonly dryRun: boolean;
  readonly clock: Clock;
  /** Ends it between two resources: a table that is left half-way would stay without TTL. */
  readonly signal: AbortSignal;
  /** Told of each step when it is done; must not throw. */
  readonly onStep?: (step: SetupStep) => void;
}

/**
 * Creates the tables (on-demand, the dedup table with TTL) and the bus where they are missing, and waits
 * until they can be used (a v2 bus is never created). May be repeated at any time. Rejects with a Failure
 * (`table.*`, `bus.*`, `aws.credentials`), or with the signal's reason.
 */
export async function setUp(options: SetupOptions): Promise<readonly SetupStep[]> {
  const { clients, stateTable, dedupTable, bus, dryRun, clock, signal, onStep } = options;
  const whole = { dryRun, clock, signal: new AbortController().signal };
  const steps: SetupStep[] = [];
  const done = (step: SetupStep) => {
    steps.push(step);
    onStep?.(step);
  };
  for (const shape of [stateShape(stateTable), dedupShape(dedupTable)]) {
    signal.throwIfAborted();
    done(await setUpTable(shape, { ...whole, client: clients.dynamoDb }));
  }
  signal.throwIfAborted();
  if (bus) done(await bus.setUp(whole));
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
