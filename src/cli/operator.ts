import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type AwsClients, createAwsClients } from '../aws/clients.ts';
import { DynamoOperatorState } from '../aws/operator-state.ts';
import { DynamoPollerState } from '../aws/poller-state.ts';
import { DynamoStateTable } from '../aws/state-store.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import type { StreamName } from '../domain/event.ts';
import type { AcquiredLease } from '../lease/lease-manager.ts';
import { LeaseManager } from '../lease/lease-manager.ts';
import { withLease } from '../lease/with-lease.ts';
import { systemClock } from '../lib/system-clock.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { OperatorState } from '../ports/operator-state.ts';
import type { PollerState } from '../ports/poller-state.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { StateTable } from '../ports/state-store.ts';
import { Interrupted, interruptible } from './interrupt.ts';

/** What an operator's command works with: the tables, and no Genesys. */
export interface Workplace {
  readonly config: Config;
  readonly aws: AwsClients;
  readonly state: StateTable;
  readonly operator: OperatorState;
  readonly pollerState: PollerState;
  readonly clock: Clock;
  /** Works on a stream while no poller does. Rejects with a Failure (`lease.held`) if one is alive. */
  readonly holding: <T>(stream: StreamName, work: (acquired: AcquiredLease) => Promise<T>) => Promise<T>;
  /** Ends with Ctrl-C. */
  readonly context: RequestContext;
}

/** The command tells by itself what it does; what the parts it is made of would log goes nowhere. */
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Lets `work` do what the operator asked for; resolves to its exit code, and to 1 if it was interrupted. Genesys's
 * credentials are not needed, so that it runs on any host that can reach the tables.
 */
export async function atWork(
  options: { readonly config?: string | undefined },
  work: (workplace: Workplace) => Promise<number>,
): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env, withoutGenesys: true });
  const aws = createAwsClients();
  const clock = systemClock;
  const access = {
    client: aws.dynamoDb,
    table: config.dynamoDb.stateTable,
    poller: config.poller.name,
    clock,
  };
  const state = new DynamoStateTable(access);
  const operator = new DynamoOperatorState(access);
  const pollerState = new DynamoPollerState(access);
  const { signal, release } = interruptible();
  const context: RequestContext = { signal, count: () => undefined };
  const holder = `operator:${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`;
  const holding: Workplace['holding'] = (stream, held) => {
    const options = { state, stream, holder, durationMs: config.lease.duration, clock, log: SILENT };
    // An interrupted command leaves the lease free too: Ctrl-C does not end the release.
    const signals = { stop: signal, abort: new AbortController().signal };
    return withLease({ leaseManager: new LeaseManager(options), policy: 'exclusive', signals }, held);
  };
  try {
    return await work({ config, aws, state, operator, pollerState, clock, holding, context });
  } catch (error) {
    if (error instanceof Interrupted) return 1;
    throw error;
  } finally {
    release();
    aws.close();
  }
}
