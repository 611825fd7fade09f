import { inspect } from 'node:util';
import { createAwsClients } from '../../../src/aws/clients.ts';
import { DynamoDedupStore } from '../../../src/aws/dedup-store.ts';
import { targetBus } from '../../../src/aws/sink.ts';
import type { Failure } from '../../../src/domain/failure.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { testContext } from '../../support/request-context.ts';
import { V2_ARN } from './run-probe.ts';

// Publishes one entry on a bus of each kind and reads one ID, and prints what came of it.

const clients = createAwsClients();
const clock = new ManualClock();
const busOf = (busType: 'classic' | 'v2', bus: string) =>
  targetBus({ busType, bus, maxRequestBytes: 262_144 }, clients, clock).bus;
const classic = busOf('classic', 'bus-1');
const v2 = busOf('v2', V2_ARN);
const table = new DynamoDedupStore({ client: clients.dynamoDb, table: 'Dedup', clock });
const data = { eventType: 'conversationEnded', timestamp: '2026-11-20T10:00:00.000Z' } as const;
const entry = {
  event: { id: 'a', eventType: data.eventType, timestamp: Date.parse(data.timestamp), data },
  source: 'com.genesys.cloud.outbound',
  detail: '{}',
  bytes: 57,
};

for (const [name, bus] of [
  ['bus', classic],
  ['v2 bus', v2],
] as const) {
  await attempt(name, async () => {
    await bus.ready?.(testContext());
    return (await bus.put([entry], testContext())).map(({ status }) => status).join();
  });
}
await attempt('table', async () => String((await table.read(['a'], testContext())).found.length));
clients.close();

async function attempt(name: string, action: () => Promise<string>): Promise<void> {
  try {
    console.log(`${name}: ${await action()}`);
  } catch (error) {
    const { code, message } = error as Failure;
    console.log(code === 'table.missing' ? `${name}: ${code}` : `${name}: ${code}: ${message}`);
    if (process.env.PRINT_ERRORS_IN_FULL) console.log(inspect(error, { depth: 9, showHidden: true }));
  }
}
