import test, { type ExecutionContext } from 'ava';
import { type SinkEntry, toEntry } from '../../src/domain/envelope.ts';
import type { Sink } from '../../src/ports/sink.ts';
import { testContext } from './request-context.ts';

export const T0 = Date.parse('2026-11-20T10:00:00.123Z');

/** An event as it arrived behind a sink. */
export interface Arrived {
  readonly source: string;
  readonly detailType: string;
  readonly time: number;
  /** The bytes of the detail. */
  readonly detail: string;
}

/** A sink, and what has arrived behind it, in order. */
export interface Opened {
  readonly sink: Sink;
  readonly arrived: () => readonly Arrived[];
}

/** What every sink promises, whatever the product behind it. */
export function conformAsSink(open: (t: ExecutionContext) => Promise<Opened>): void {
  test('entries arrive with source, type, time and detail as they were made, and each is accepted', async (t) => {
    const { sink, arrived } = await open(t);
    const entries = [entry('a'), entry('b')];
    t.deepEqual(await sink.put(entries, testContext()), [{ status: 'accepted' }, { status: 'accepted' }]);
    t.like(
      arrived(),
      entries.map(({ detail }) => ({
        source: 'com.genesys.cloud.outbound',
        detailType: 'conversationEnded',
        time: T0,
        detail,
      })),
    );
  });

  test('a call takes as many entries as the sink says', async (t) => {
    const { sink, arrived } = await open(t);
    const many = Array.from({ length: sink.limits.entries }, (_, index) => entry(`e${index}`));
    const results = await sink.put(many, testContext());
    t.deepEqual(
      results,
      many.map(() => ({ status: 'accepted' })),
    );
    t.is(arrived().length, many.length);
  });

  test('a call takes an entry that fills it by the own count of the sink', async (t) => {
    const { sink, arrived } = await open(t);
    const fits = sized(sink, sink.limits.bytes);
    t.is(sink.sizeOf(fits), sink.limits.bytes);
    t.deepEqual(await sink.put([fits], testContext()), [{ status: 'accepted' }]);
    t.is(arrived().length, 1);
  });

  test('the size counts UTF-8 bytes, not characters', async (t) => {
    const { sink } = await open(t);
    const plain = entry('a');
    // ü takes two bytes for one character, 📞 four for two UTF-16 units.
    t.is(sink.sizeOf({ ...plain, detail: `${plain.detail}ü📞` }), sink.sizeOf(plain) + 6);
  });

  test('a call whose signal has aborted rejects with the reason, and nothing arrives', async (t) => {
    const { sink, arrived } = await open(t);
    const reason = new Error('stopping');
    const stop = new AbortController();
    stop.abort(reason);
    t.is(await t.throwsAsync(sink.put([entry('a')], testContext(stop.signal))), reason);
    t.deepEqual(arrived(), []);
  });
}

/** An event of the conversation `c`, with a detail that is padded by so many bytes. */
export function entry(id: string, padding = 0, conversationId = 'c'): SinkEntry {
  const timestamp = '2026-11-20T10:00:00.123Z';
  const eventType = 'conversationEnded';
  const originatingDirection = `outbound${'x'.repeat(padding)}`;
  return toEntry(
    { id, eventType, timestamp: T0, data: { eventType, timestamp, conversationId, originatingDirection } },
    {
      source: 'com.genesys.cloud.outbound',
      poller: 'default',
      stream: 'conversations',
      observedAt: T0 + 60_000,
      publishedAt: T0 + 61_000,
    },
  );
}

/** An entry of exactly this size by the own count of the sink. */
export function sized(sink: Pick<Sink, 'sizeOf'>, bytes: number): SinkEntry {
  return entry('a', bytes - sink.sizeOf(entry('a')));
}
