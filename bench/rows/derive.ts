import type { Program } from '../program.ts';
import type { Row } from '../row.ts';
import { conversationsJson } from '../stubs/conversations.ts';

const RUNS = 7;
/** Conversations a run; as many before the first for the compiler. */
const CONVERSATIONS = 3_000;

/** The program's own work on an event, without any I/O: deriving, hashing and the envelope. */
export async function derive(program: Program): Promise<readonly Row[]> {
  const { deriveConversation } = await program.load<typeof import('../../src/domain/derive.ts')>('domain/derive.ts');
  const { toEntry } = await program.load<typeof import('../../src/domain/envelope.ts')>('domain/envelope.ts');
  const now = Date.parse('2026-11-23T10:00:00.000Z');
  const records: readonly unknown[] = JSON.parse(conversationsJson(now, 0, CONVERSATIONS));
  const context = {
    source: 'com.genesys.cloud.outbound',
    poller: 'default',
    stream: 'conversations',
    observedAt: now,
    publishedAt: now,
  } as const;

  /** Microseconds per event. */
  const run = (): number => {
    const startedAt = process.hrtime.bigint();
    let events = 0;
    for (const record of records) {
      for (const event of deriveConversation(record, 'mask').events) {
        if (toEntry(event, context).detail.length > 0) events++;
      }
    }
    return Number(process.hrtime.bigint() - startedAt) / 1_000 / events;
  };
  run();
  return [
    { what: 'derive, hash and envelope per event', unit: 'µs', digits: 1, runs: Array.from({ length: RUNS }, run) },
  ];
}
