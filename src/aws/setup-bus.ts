import {
  CreateEventBusCommand,
  type CreateEventBusCommandOutput,
  DescribeEventBusCommand,
  type DescribeEventBusCommandOutput,
  type EventBridgeClient,
} from '@aws-sdk/client-eventbridge';
import {
  DescribeEventBusCommand as DescribeV2,
  type EventBridgeV2Client,
  type DescribeEventBusCommandOutput as V2Description,
} from './eventbridge-v2-client.ts';
import { busFailure, judge } from './failures.ts';
import { sendOnce } from './send.ts';
import type { SetupStep } from './setup-table.ts';
import { v2BusFailure } from './v2-sink.ts';

/** A bus that is described has a name; without it nothing has been described. */
export function lacksName({ Name }: DescribeEventBusCommandOutput): string | undefined {
  return Name ? undefined : 'Name';
}

/**
 * Creates a classic bus, a name or an ARN, where it is missing. Rejects with a Failure (`bus.*`,
 * `aws.credentials`).
 */
export async function setUpClassicBus(
  client: EventBridgeClient,
  bus: string,
  { dryRun, signal }: { readonly dryRun: boolean; readonly signal: AbortSignal },
): Promise<SetupStep> {
  const resource = `bus ${bus}`;
  if (bus === 'default') return { resource, action: 'exists', detail: 'every account has it' };
  try {
    await sendOnce((end) => client.send(new DescribeEventBusCommand({ Name: bus }), end), signal, lacksName);
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
    const lacks = ({ EventBusArn }: CreateEventBusCommandOutput) => (EventBusArn ? undefined : 'EventBusArn');
    await sendOnce((end) => client.send(new CreateEventBusCommand({ Name: bus }), end), signal, lacks);
    return { resource, action: 'created', detail: 'a classic bus; rules that send its events on are yours to add' };
  } catch (error) {
    signal.throwIfAborted();
    throw busFailure(error, { action: 'events:CreateEventBus', bus });
  }
}

/**
 * Looks at a v2 bus. It is never created: the ARN by which the configuration names it ends in an ID that
 * AWS makes with the bus. Rejects with a Failure (`bus.*`, `aws.credentials`); that of a missing bus says
 * how to create one.
 */
export async function describeV2Bus(client: EventBridgeV2Client, bus: string, signal: AbortSignal): Promise<SetupStep> {
  const step = { resource: `bus ${bus}`, action: 'exists' } as const;
  try {
    const command = new DescribeV2({ EventBusArn: bus });
    const lacks = ({ State }: V2Description) => (State ? undefined : 'State');
    const { State: state } = await sendOnce((end) => client.send(command, end), signal, lacks);
    if (state === 'ACTIVE') return { ...step, detail: 'a v2 bus, ACTIVE' };
    const remedy = 'Wait until it is ACTIVE; a bus that could not be created has to be deleted and created anew';
    return { ...step, detail: `a v2 bus whose state is ${state}`, remedy };
  } catch (error) {
    signal.throwIfAborted();
    throw v2BusFailure(error, 'events:DescribeEventBus', bus);
  }
}
