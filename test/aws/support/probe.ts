import { inspect } from 'node:util';
import { ClassicBus } from '../../../src/aws/classic-bus.ts';
import { createAwsClients } from '../../../src/aws/clients.ts';
import { DynamoDedupTable } from '../../../src/aws/dedup-table.ts';
import type { Failure } from '../../../src/domain/failure.ts';
import { testCall } from '../../support/call.ts';
import { ManualClock } from '../../support/manual-clock.ts';

// Publishes one entry and reads one ID, and prints what came of it.

const clients = createAwsClients();
const clock = new ManualClock();
const bus = new ClassicBus({ client: clients.eventBridge, bus: 'bus-1', maxRequestBytes: 262_144, clock });
const table = new DynamoDedupTable({ client: clients.dynamoDb, table: 'Dedup', clock });
const data = { eventType: 'conversationEnded', timestamp: '2026-11-20T10:00:00.000Z' } as const;
const entry = {
  event: { id: 'a', eventType: data.eventType, timestamp: Date.parse(data.timestamp), data },
  source: 'com.genesys.cloud.outbound',
  detail: '{}',
  bytes: 57,
};

await attempt('bus', async () => (await bus.put([entry], testCall())).map(({ status }) => status).join());
await attempt('table', async () => String((await table.read(['a'], testCall())).found.length));
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
