import type { Window } from '../domain/window.ts';
import type { Call } from './call.ts';

/** Where conversations come from: the near-real-time query, or the jobs. */
export interface ConversationSource {
  /**
   * The conversations of a window, page by page, as parsed JSON of unknown shape: schema drift is met in the domain, not
   * here. A conversation may come on several pages. The iteration ends only when the window has been read completely;
   * anything else is a thrown Failure.
   */
  read(window: Window, call: Call): AsyncIterable<readonly unknown[]>;
}
