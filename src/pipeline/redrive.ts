import { entryOfDeadLetter } from '../domain/dead-letter.ts';
import { Failure } from '../domain/failure.ts';
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
  readonly source: string;
  /** Throws when this process may not publish any more. */
  readonly mayPublish: () => void;
}

export type RedriveResult =
  /** On the bus, recorded, and no dead letter any more. */
  | { readonly outcome: 'published' }
  /** It was on the bus already: only the dead letter was removed. */
  | { readonly outcome: 'known' }
  /** The bus refuses it: the dead letter stays. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** It is no event, or not one that this version knows: the dead letter stays. */
  | { readonly outcome: 'unpublishable' };

/**
 * Publishes a dead letter after all: read its ID → publish → record its ID → remove the dead letter. The
 * order is that of the daemon, and for its reasons: a crash anywhere leaves the dead letter, or an event that
 * is known.
 *
 * Rejects with the Failure of a dependency; the dead letter then stays.
 */
export async function redriveOne(
  stream: string,
  deadLetter: StoredDeadLetter,
  { deduplicator, publisher, state, clock, source, mayPublish }: RedriveOptions,
  context: RequestContext,
): Promise<RedriveResult> {
  const entry = entryOfDeadLetter(deadLetter, source, clock.now());
  if (!entry) return { outcome: 'unpublishable' };
  // What is on the bus is on the bus: recording that is not given up half-way.
  const recordContext: RequestContext = { ...context, signal: new AbortController().signal };
  let isKnown = (await deduplicator.lookUp([deadLetter.id], context)).has(deadLetter.id);
  if (!isKnown) {
    const { accepted, suppressed, refused, doubted, failure } = await publisher.publish([entry], context, mayPublish);
    const [refusal] = [...refused, ...doubted];
    if (refusal) {
      const { reason } = refusal;
      const attempts = deadLetter.attempts + refusal.attempts;
      await state.putDeadLetter(stream, { ...deadLetter, reason, attempts, recordedAt: clock.now() }, recordContext);
      return { outcome: 'refused', reason };
    }
    // Whatever went wrong besides: what was accepted was accepted.
    if (accepted.length + suppressed.length === 0) {
      if (failure instanceof Failure && failure.code === 'bus.rejected') {
        return { outcome: 'refused', reason: failure.summary };
      }
      throw failure;
    }
    await deduplicator.record([deadLetter.id], recordContext);
    isKnown = suppressed.length > 0;
  }
  await state.deleteDeadLetter(stream, deadLetter, recordContext);
  return { outcome: isKnown ? 'known' : 'published' };
}
