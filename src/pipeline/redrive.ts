import { entryOfLetter } from '../domain/dead-letter.ts';
import { Failure } from '../domain/failure.ts';
import type { Clock } from '../ports/clock.ts';
import type { OperatorState, StoredLetter } from '../ports/operator-state.ts';
import type { Call } from '../ports/request-context.ts';
import type { StateTable } from '../ports/state-store.ts';
import type { DedupMemory } from './deduplicator.ts';
import type { Publisher } from './publisher.ts';

export interface RedeliveryOptions {
  readonly memory: DedupMemory;
  readonly publisher: Publisher;
  readonly state: StateTable;
  readonly operator: OperatorState;
  readonly clock: Clock;
  /** The `source` to publish from. */
  readonly source: string;
  /** Throws when this process may not publish any more. */
  readonly mayPublish: () => void;
}

export type Redelivered =
  /** On the bus, recorded, and no dead letter any more. */
  | { readonly outcome: 'published' }
  /** It was on the bus already: only the letter was removed. */
  | { readonly outcome: 'known' }
  /** The bus will not have it: the letter stays. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** It is no event, or not one that this version knows: the letter stays. */
  | { readonly outcome: 'unpublishable' };

/**
 * Publishes a dead letter after all: read its ID → publish → record its ID → remove the letter. The order is that of the daemon,
 * and for its reasons: a crash anywhere leaves the letter, or an event that is known.
 *
 * Rejects with the Failure of a dependency; the letter then stays.
 */
export async function redeliver(
  stream: string,
  letter: StoredLetter,
  { memory, publisher, state, operator, clock, source, mayPublish }: RedeliveryOptions,
  call: Call,
): Promise<Redelivered> {
  const entry = entryOfLetter(letter, source, clock.now());
  if (!entry) return { outcome: 'unpublishable' };
  // What is on the bus is on the bus: recording that is not given up half-way.
  const recordingCall: Call = { ...call, signal: new AbortController().signal };
  let isKnown = (await memory.lookUp([letter.id], call)).has(letter.id);
  if (!isKnown) {
    const { accepted, suppressed, refused, doubted, failure } = await publisher.publish([entry], call, mayPublish);
    const [refusal] = [...refused, ...doubted];
    if (refusal) {
      const { reason } = refusal;
      const attempts = letter.attempts + refusal.attempts;
      await state.putDeadLetter(stream, { ...letter, reason, attempts, recordedAt: clock.now() }, recordingCall);
      return { outcome: 'refused', reason };
    }
    // Whatever went wrong besides: what was accepted was accepted.
    if (accepted.length + suppressed.length === 0) {
      if (failure instanceof Failure && failure.code === 'bus.rejected') {
        return { outcome: 'refused', reason: failure.told };
      }
      throw failure;
    }
    await memory.record([letter.id], recordingCall);
    isKnown = suppressed.length > 0;
  }
  await operator.deleteDeadLetter(stream, letter, recordingCall);
  return { outcome: isKnown ? 'known' : 'published' };
}
