import { deriveConversation } from '../../../src/domain/derive.ts';
import { createGenesysClient } from '../../../src/genesys/client.ts';
import { ConversationQuery } from '../../../src/genesys/conversation-query.ts';
import { axiosTransport } from '../../../src/genesys/transport.ts';
import { systemClock } from '../../../src/lib/system-clock.ts';
import { recordedLog } from '../../support/recorded-log.ts';
import { testContext } from '../../support/request-context.ts';

/**
 * Reads two windows that were begun at the same time, in a process of its own, and prints how many
 * conversations it met.
 */
const [url = ''] = process.argv.slice(2);
const clock = systemClock;
const log = recordedLog();
const client = createGenesysClient({
  loginUrl: url,
  apiUrl: url,
  ...{ clientId: 'the-client', clientSecret: 'the-secret', requestsPerMinute: 1_000, clock, log },
  transport: axiosTransport({ requestTimeout: 3_600_000, env: {} }),
});
const source = new ConversationQuery({
  ...{ client, clock, log, query: 'changes', scope: 'all', lookback: 172_800_000 },
});
const start = Date.parse('2026-11-20T09:00:00.000Z');
const windows = [0, 1].map((index) => ({ start: start + index * 600_000, end: start + (index + 1) * 600_000 }));
const readings = windows.map((window) => source.read(window, testContext()));
let events = 0;
const met = new Set<string>();
for (const [index, reading] of readings.entries()) {
  for await (const page of reading) {
    for (const record of page) met.add(`${index} ${(record as { conversationId: string }).conversationId}`);
    // The records of a page are alike, and the memory that one took is free for the next.
    const [first] = page;
    if (first !== undefined) events += deriveConversation(first, 'mask').events.length;
  }
}
process.stdout.write(JSON.stringify({ conversations: met.size, events: events > 0 }));
