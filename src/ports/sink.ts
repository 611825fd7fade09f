import type { BusEntry } from '../domain/envelope.ts';
import type { EntryResult } from '../domain/outcome.ts';
import type { RequestContext } from './request-context.ts';

export type { EntryResult };

/** An event bus. One `put` is one call on the wire; retrying entries is the caller's business. */
export interface Bus {
  /** Name or ARN, for messages. */
  readonly name: string;
  readonly limits: {
    readonly entries: number;
    /** Of a request. */
    readonly bytes: number;
    /** What each entry counts besides its own size; nothing where it is absent. */
    readonly bytesBesides?: number;
  };
  /**
   * Asks what has to be known before anything may be put, where that is not known yet: by itself, so that between the moment at which the
   * right to publish is asked for and the call there is nothing to wait for. Rejects like `put`.
   */
  ready?(context: RequestContext): Promise<void>;
  /**
   * Results in the order of the entries, exactly as many. A Failure if the call as a whole failed: bus.unavailable when
   * it may succeed later (the entries may or may not have been accepted), bus.denied or bus.missing when the operator
   * has to act.
   */
  put(entries: readonly BusEntry[], context: RequestContext): Promise<readonly EntryResult[]>;
}
