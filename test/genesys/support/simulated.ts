import { createGenesysClient } from '../../../src/genesys/client.ts';
import { ConversationQuery, type ConversationQueryOptions } from '../../../src/genesys/conversation-query.ts';
import type { Transport } from '../../../src/genesys/transport.ts';
import type { SimulatorOptions } from '../../../src/sandbox/genesys/simulator.ts';
import { recordedLog } from '../../support/recorded-log.ts';
import { testContext } from '../../support/request-context.ts';
import { CLIENT, conversation, simulatedGenesys } from '../../support/simulated-genesys.ts';

const MINUTE = 60_000;
export const NOW = Date.parse('2026-11-20T10:00:00.000Z');
/** The hour that ended five minutes ago. */
export const WINDOW = { start: NOW - 65 * MINUTE, end: NOW - 5 * MINUTE };

/** The real client and query before a simulated Genesys, in which conversations ended all over the window. */
export function desk(
  conversations: number,
  options: Partial<ConversationQueryOptions> & { readonly simulator?: Partial<SimulatorOptions> } = {},
) {
  const { simulator: simulatorOptions, ...query } = options;
  const genesys = simulatedGenesys({ requestsPerMinute: 1_000_000, ...simulatorOptions });
  const { clock, world, simulator } = genesys;
  const every = Math.floor((WINDOW.end - WINDOW.start - MINUTE) / Math.max(1, conversations));
  const ids = Array.from({ length: conversations }, (_, index) => {
    const id = `c-${String(index).padStart(5, '0')}`;
    const [start, end] = [0, 30_000].map((later) => new Date(WINDOW.start + index * every + later).toISOString());
    const segment = { segmentType: 'interact', segmentStart: start ?? '', segmentEnd: end ?? '' };
    world.add([conversation(id, start ?? '', end, [segment])]);
    return id;
  });
  const transport: Transport = {
    async send({ method, url, headers, body }, signal) {
      signal.throwIfAborted();
      const { pathname, search } = new URL(url);
      const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
      return simulator.handle({
        method,
        path: pathname + search,
        headers: Object.fromEntries(lowerCase),
        ...(body !== undefined && { body }),
      });
    },
  };
  const log = recordedLog();
  const client = createGenesysClient({
    loginUrl: 'https://login.invalid',
    apiUrl: 'https://api.invalid',
    ...CLIENT,
    requestsPerMinute: 1_000_000,
    clock,
    log,
    transport,
  });
  const source = new ConversationQuery({
    ...{ client, clock, log, query: 'changes', scope: 'outbound', lookback: 48 * 60 * MINUTE },
    ...query,
  });
  const read = async (window = WINDOW) => {
    const call = testContext();
    const met = new Set<string>();
    for await (const page of source.read(window, call)) {
      for (const record of page) met.add((record as { conversationId: string }).conversationId);
    }
    return { met, requests: call.counts.genesysRequests };
  };
  return { ...genesys, ids, log, client, source, transport, read };
}
