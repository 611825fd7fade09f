import { parseInstant } from '../domain/instant.ts';
import { fieldsOf } from '../domain/json.ts';
import type { Scope } from '../domain/selection.ts';
import type { Window } from '../domain/window.ts';
import type { GenesysRequest } from './client.ts';
import { CHANGES, INTERVAL } from './query-bodies.ts';

/** A request that changes nothing and reads next to nothing, and needs a permission that the poller needs. */
export interface PermissionTest {
  /** The key of the configuration that asks for it. */
  readonly neededBy: string;
  readonly request: GenesysRequest & { readonly permission: string };
}

/** What of the configuration asks for permissions. */
export interface Wanted {
  readonly conversations: boolean;
  readonly reconciliation: boolean;
  readonly eventLog: boolean;
  readonly wrapUpCodes: boolean;
  readonly campaigns: boolean;
  readonly query: 'changes' | 'interval';
  readonly scope: Scope;
}

const DETAILS = '/api/v2/analytics/conversations/details';
const VIEW_DETAILS = 'analytics:conversationDetail:view';
const ONE = { pageSize: 1, pageNumber: 1 };

/** A test for each endpoint that the configuration makes the poller use. `window` is what the conversation query is asked about. */
export function permissionTests(wanted: Wanted, window: Window): readonly PermissionTest[] {
  const listing = (neededBy: string, path: string, permission: string): PermissionTest => ({
    neededBy,
    request: { method: 'GET', path, query: ONE, permission },
  });
  const query = {
    method: 'POST',
    path: `${DETAILS}/query`,
    body: sample(wanted, window),
    permission: VIEW_DETAILS,
  } as const;
  const availability = { method: 'GET', path: `${DETAILS}/jobs/availability`, permission: VIEW_DETAILS } as const;
  return [
    ...(wanted.conversations ? [{ neededBy: 'streams.conversations', request: query }] : []),
    ...(wanted.reconciliation ? [{ neededBy: 'streams.reconciliation', request: availability }] : []),
    ...(wanted.eventLog ? [listing('streams.eventLog', '/api/v2/outbound/events', 'outbound:eventLog:view')] : []),
    ...(wanted.wrapUpCodes
      ? [listing('enrich.wrapUpCodes', '/api/v2/routing/wrapupcodes', 'routing:wrapupCode:view')]
      : []),
    ...(wanted.campaigns ? [listing('enrich.campaigns', '/api/v2/outbound/campaigns', 'outbound:campaign:view')] : []),
  ];
}

/** The poller's own query, for one conversation. */
function sample({ query, scope }: Wanted, window: Window): object {
  const [first] = query === 'changes' ? CHANGES : INTERVAL;
  return { ...fieldsOf(first?.body({ window, scope, lookback: 0 }, 1)), paging: ONE };
}

/** How many conversations the query found, approximately; undefined if the answer does not say. */
export function totalHitsOf(answer: unknown): number | undefined {
  const { totalHits } = fieldsOf(answer) ?? {};
  return typeof totalHits === 'number' ? totalHits : undefined;
}

/** Up to when the data lake is complete; undefined if the answer does not say. */
export function availabilityOf(answer: unknown): number | undefined {
  return parseInstant(fieldsOf(answer)?.dataAvailabilityDate);
}
