import type { RequestContext } from './request-context.ts';

/** IDs a strongly consistent BatchGetItem takes at most (DynamoDB's own limit). */
export const READ_BATCH = 100;
/** Items a BatchWriteItem takes at most (DynamoDB's own limit). */
export const WRITE_BATCH = 25;

/**
 * A remembered ID. `expiresAt` is epoch seconds: once passed, the item is absent, whether or not it was
 * deleted yet.
 */
export interface KnownId {
  readonly id: string;
  readonly expiresAt: number;
}

/**
 * The IDs of what EventBridge accepted. A call that fails as a whole for a passing reason is tried again a
 * few times inside, each attempt counted; what comes back as unprocessed is the caller's to send again.
 */
export interface DedupStore {
  /**
   * Strongly consistent. At most READ_BATCH distinct ids. What DynamoDB did not get to comes back as
   * `unprocessed`.
   */
  read(
    ids: readonly string[],
    context: RequestContext,
  ): Promise<{ readonly found: readonly KnownId[]; readonly unprocessed: readonly string[] }>;
  /** At most WRITE_BATCH items of distinct ids. `recordedAt` is epoch seconds. */
  write(
    items: readonly KnownId[],
    recordedAt: number,
    context: RequestContext,
  ): Promise<{ readonly unprocessed: readonly string[] }>;
}
