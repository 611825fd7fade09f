import type { ConversationRecord, SegmentRecord } from '../../src/sandbox/genesys/record.ts';
import { createSimulator, type SimulatorOptions } from '../../src/sandbox/genesys/simulator.ts';
import { createWorld, type World, type WorldOptions } from '../../src/sandbox/genesys/world.ts';
import { ManualClock } from './manual-clock.ts';

export const CLIENT = { clientId: 'client', clientSecret: 'secret' } as const;

/** An answer with its JSON read. */
export interface Read {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

/**
 * A simulator that stands still at a clock, in a world where nothing happens but what the test adds, or asks
 * for.
 */
export function simulatedGenesys(
  options: Partial<SimulatorOptions> = {},
  worldOptions: Partial<WorldOptions> = {},
  clock = new ManualClock('2026-11-20T10:00:00.000Z'),
) {
  const now = () => clock.now();
  const quiet = { seed: 1, now, callsPerMinute: 0, logPerMinute: 0 };
  const world: World = options.world ?? createWorld({ ...quiet, ...worldOptions });
  const simulator = createSimulator({ world, now, ...CLIENT, ...options });

  const login = (id: string = CLIENT.clientId, secret: string = CLIENT.clientSecret): Read =>
    read(
      simulator.handle({
        method: 'POST',
        path: '/oauth/token',
        headers: {
          authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: 'grant_type=client_credentials',
      }),
    );
  let token: string | undefined;
  const call = (method: string, path: string, body?: unknown): Read => {
    token ??= login().json.access_token as string;
    return read(
      simulator.handle({
        method,
        path,
        headers: { authorization: `Bearer ${token}` },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );
  };
  return {
    clock,
    world,
    simulator,
    login,
    call,
    query: (body: unknown) => call('POST', '/api/v2/analytics/conversations/details/query', body),
    /** The conversationIds a query finds, first page. */
    found: (body: object): string[] =>
      idsOf(call('POST', '/api/v2/analytics/conversations/details/query', { paging: { pageSize: 100 }, ...body })),
  };
}

/** The conversationIds of an answer, in its order. */
export function idsOf({ json }: Read): string[] {
  return ((json.conversations ?? []) as ConversationRecord[]).map((one) => one.conversationId ?? '');
}

/** A conversation of one customer session, as short as can be; shows from its start on. */
export function conversation(
  conversationId: string,
  conversationStart: string,
  conversationEnd?: string,
  segments: readonly SegmentRecord[] = [],
  more: Partial<ConversationRecord> = {},
): { at: number; record: ConversationRecord } {
  const record: ConversationRecord = {
    conversationId,
    conversationStart,
    ...(conversationEnd && { conversationEnd }),
    originatingDirection: 'outbound',
    participants: [
      {
        participantId: `${conversationId}-participant`,
        purpose: 'customer',
        sessions: [{ sessionId: `${conversationId}-session`, mediaType: 'voice', segments: [...segments] }],
      },
    ],
    ...more,
  };
  return { at: Date.parse(conversationStart), record };
}

function read(answer: { status: number; headers: Readonly<Record<string, string>>; body: string }): Read {
  return {
    status: answer.status,
    headers: answer.headers,
    json: answer.body === '' ? undefined : JSON.parse(answer.body),
  };
}
