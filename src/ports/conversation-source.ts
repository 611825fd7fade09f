import type { Instant } from '../domain/instant.ts';
import type { Window } from '../domain/window.ts';
import type { RequestContext } from './request-context.ts';

/** The near-real-time query for conversations. */
export interface ConversationSource {
  /**
   * Now, epoch milliseconds, and never later than it is at the source: a window that ends in the source's
   * future would be left behind before anything has happened in it.
   */
  now(context: RequestContext): Promise<Instant>;
  /**
   * The conversations of a window, page by page, as parsed JSON of unknown shape: schema drift is met in the
   * domain, not here. A conversation may come on several pages. The iteration ends only when the window has
   * been read completely; anything else is a thrown Failure. Reading begins at once, so the caller reads to
   * the end or aborts the signal.
   */
  read(window: Window, context: RequestContext): AsyncIterable<readonly unknown[]>;
}
