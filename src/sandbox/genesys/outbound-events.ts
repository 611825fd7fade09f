import { listing, Refusal, type Route } from './http.ts';
import type { World } from './world.ts';

/** What is unknown of the dialer's event log: the poller has to be right either way. */
export interface EventLogOptions {
  /** The order without `sortOrder`. Default `ascending`. */
  readonly defaultOrder?: Order;
  /** Whether `sortOrder` is disregarded. Default false. */
  readonly ignoresOrder?: boolean;
}

type Order = 'ascending' | 'descending';

/**
 * GET /api/v2/outbound/events: the dialer's log, page by page, filtered by category and level, sorted by
 * time.
 */
export function outboundEventRoutes(world: World, now: () => number, options: EventLogOptions = {}): readonly Route[] {
  const usual = options.defaultOrder ?? 'ascending';
  return [
    {
      method: 'GET',
      path: /^\/api\/v2\/outbound\/events$/,
      permission: 'outbound:eventLog:view',
      handle: (inquiry) => {
        const asked = inquiry.query.get('sortOrder')?.toLowerCase() ?? usual;
        if (asked !== 'ascending' && asked !== 'descending') {
          throw new Refusal(400, 'invalid.value', `Value [${asked}] is not valid for field type [sortOrder].`);
        }
        const category = inquiry.query.get('category');
        const level = inquiry.query.get('level');
        const entries = world
          .logEntriesAt(now())
          .filter((entry) => (!category || entry.category === category) && (!level || entry.level === level));
        const order = options.ignoresOrder ? usual : asked;
        return { status: 200, json: listing(inquiry, order === 'ascending' ? entries : entries.reverse(), 100) };
      },
    },
  ];
}
