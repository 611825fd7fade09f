import { entryOfDeadLetter } from '../domain/dead-letter.ts';
import { Failure } from '../domain/failure.ts';
import type { Instant } from '../domain/instant.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { StateStore, StoredDeadLetter } from '../ports/state-store.ts';
import type { Deduplicator } from './deduplicator.ts';
import type { Publisher } from './publisher.ts';

export interface RedriveOptions {
  readonly deduplicator: Deduplicator;
  readonly publisher: Publisher;
  readonly state: Pick<StateStore, 'putDeadLetter' | 'deleteDeadLetter'>;
  readonly clock: Clock;
  /** The `source` to publish from. */
  readonly eventSource: string;
  /** Events that happened before this are not published: their IDs may have been forgotten. */
  readonly oldest: Instant;
  /** Throws when this process may not publish any more. */
  readonly assertMayPublish: () => void;
}

export type RedriveResult =
  /** On the bus, recorded, and no dead letter any more. */
  | { readonly outcome: 'published' }
  /** It was on the bus already: only the dead letter was removed. */
  | { readonly outcome: 'known' }
  /** The bus refuses it: the dead letter stays. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** Whether it was published is no longer remembered: the dead letter stays. */
  | { readonly outcome: 'tooOld' }
  /** It is not an event, or not one that this version knows: the dead letter stays. */
  | { readonly outcome: 'unpublishable' };

/**
 * Publishes a dead letter after all: read its ID → publish → record its ID → remove the dead letter. The
 * order is that of the daemon, and for its reasons: a crash anywhere leaves the dead letter, or an event that
 * is known.
 *
 * Rejects with the Failure of a dependency, or with the signal's reason before anything is sent; the dead
 * letter then stays.
 */
export async function redriveOne(
  stream: string,
  deadLetter: StoredDeadLetter,
  { deduplicator, publisher, state, clock, eventSource, oldest, assertMayPublish }: RedriveOptions,
  context: RequestContext,
): Promise<RedriveResult> {
  const entry = entryOfDeadLetter(deadLetter, eventSource, clock.now());
  if (!entry) return { outcome: 'unpublishable' };
  let isKnown = (await deduplicator.lookUp([deadLetter.id], context)).has(deadLetter.id);
  if (!isKnown && deadLetter.time < oldest) return { outcome: 'tooOld' };
  // An interruption waits for the answer to a call: EventBridge may have accepted the event, and what is on
  // the bus has to be recorded.
  const lasting: RequestContext = { ...context, signal: new AbortController().signal };
  if (!isKnown) {
    const mayCall = () => {
      context.signal.throwIfAborted();
      assertMayPublish();
    };
    const { accepted, suppressed, refused, doubted, failure } = await publisher.publish([entry], lasting, mayCall);
    const [refusal] = [...refused, ...doubted];
    if (refusal) {
      const { reason } = refusal;
      const attempts = deadLetter.attempts + refusal.attempts;
      await state.putDeadLetter(stream, { ...deadLetter, reason, attempts, recordedAt: clock.now() }, lasting);
      return { outcome: 'refused', reason };
    }
    // Whatever went wrong besides: what was accepted was accepted.
    if (accepted.length + suppressed.length === 0) {
      if (failure instanceof Failure && failure.code === 'bus.rejected') {
        return { outcome: 'refused', reason: failure.summary };
      }
      throw failure;
    }
    await deduplicator.record([entry.event], lasting);
    isKnown = suppressed.length > 0;
  }
  await state.deleteDeadLetter(stream, deadLetter, lasting);
  return { outcome: isKnown ? 'known' : 'published' };
}
