import type { SinkEntry } from '../domain/envelope.ts';
import type { EntryResult } from '../domain/outcome.ts';
import type { RequestContext } from './request-context.ts';

export type { EntryResult };

/** Where events are published. One `put` is one call on the wire; the caller retries entries. */
export interface Sink {
  /** Where exactly, for messages: the name or ARN of a bus, the path of a file. */
  readonly name: string;
  /** What answers there, for messages: `EventBridge`. */
  readonly product: string;
  /** What one `put` may hold. */
  readonly limits: { readonly entries: number; readonly bytes: number };
  /** What an operator does where it stays busy: the end of a sentence. */
  readonly remedyIfBusy: string;
  /** Bytes that an entry takes of `limits.bytes`. */
  sizeOf(entry: SinkEntry): number;
  /**
   * Asks what has to be known before anything may be put. It is a call of its own: the right to publish is
   * checked after it, right before `put`, and nothing is waited for in between. Rejects like `put`.
   */
  ready?(context: RequestContext): Promise<void>;
  /**
   * Results in the order of the entries, exactly as many. Rejects with a Failure if the call as a whole
   * failed: bus.unavailable when it may succeed later (the entries may or may not have been accepted),
   * bus.rejected when this request is refused, bus.denied or bus.missing when the operator has to act.
   */
  put(entries: readonly SinkEntry[], context: RequestContext): Promise<readonly EntryResult[]>;
}
