import type { Instant } from '../domain/instant.ts';
import type { Window } from '../domain/window.ts';
import type { RequestContext } from './request-context.ts';

/** A page of a job's result. */
export interface JobPage {
  /** As parsed JSON of unknown shape. */
  readonly conversations: readonly unknown[];
  /** Up to where the data lake was complete when the job read it, as far as the page says. */
  readonly guaranteed?: Instant;
}

/**
 * The jobs over Genesys's data lake: every conversation whose life overlaps a window, complete, but hours
 * late.
 *
 * Every call rejects with a Failure. `genesys.job`, `genesys.rejected` and `genesys.tooManyResults` mean that
 * this job will not bring what it was asked for, and that another one may; any other code has nothing to do
 * with the job.
 */
export interface ConversationJobs {
  /** What time it is at Genesys; see ConversationSource. */
  now(context: RequestContext): Promise<Instant>;
  /** Everything before this is in the lake; what a job says of anything later is not complete. */
  availability(context: RequestContext): Promise<Instant>;
  /** Asks for the conversations of a window; resolves to the job's ID. */
  submit(window: Window, context: RequestContext): Promise<string>;
  /** Whether the results can be read yet. A Failure (genesys.job) if they never will, or not any more. */
  isFulfilled(id: string, context: RequestContext): Promise<boolean>;
  /** Page by page; ends only when all of it has been read. */
  results(id: string, context: RequestContext): AsyncIterable<JobPage>;
  /** Cancels the job at Genesys: its result is not read any more. */
  cancel(id: string, context: RequestContext): Promise<void>;
}
