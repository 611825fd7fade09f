import { messageOf } from '../domain/failure.ts';
import type { StreamName } from '../domain/streams.ts';
import type { Log } from '../ports/log.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { Deduplicator } from './deduplicator.ts';

/**
 * Records what is on the bus and unrecorded, before a lease is released: no other process knows of it. Never
 * rejects: if it fails, the log says that the next process publishes these events again.
 */
export async function flushUnrecorded(
  { deduplicator, log }: { readonly deduplicator: Deduplicator; readonly log: Log },
  stream: StreamName,
  context: RequestContext,
): Promise<void> {
  try {
    await deduplicator.recordUnrecorded(context);
  } catch (error) {
    log.warn('ids.notRecorded', 'Some events are on the bus and not recorded: the next process publishes them again', {
      stream,
      reason: messageOf(error),
    });
  }
}
