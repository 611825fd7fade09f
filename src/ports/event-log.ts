import type { Instant } from '../domain/instant.ts';
import type { Page } from '../domain/page.ts';
import type { RequestContext } from './request-context.ts';

/** A page of the dialer's event log. */
export interface LogPage extends Page {
  /** As parsed JSON of unknown shape. */
  readonly list: readonly unknown[] | undefined;
  /** How many pages there are at this moment; undefined if that is not said. */
  readonly pageCount: number | undefined;
  /** Entries on a full page, which may be fewer than were asked for; undefined if that is not said. */
  readonly pageSize: number | undefined;
}

/** The dialer's event log: no filter by time, and an order that is asked for but not promised. */
export interface EventLog {
  /** What time it is at Genesys; see ConversationSource. */
  now(context: RequestContext): Promise<Instant>;
  /** Entries that are asked for on a page. */
  readonly pageSize: number;
  /**
   * A page, counted from 1, of the log as it stands at this moment: newest first, if the source heeds what it
   * is asked.
   */
  page(number: number, context: RequestContext): Promise<LogPage>;
}
