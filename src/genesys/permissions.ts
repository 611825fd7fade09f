import { parseInstant } from '../domain/instant.ts';
import { fieldsOf } from '../domain/json.ts';
import { MAX_PAGE_SIZE } from '../domain/page-size.ts';
import type { Scope } from '../domain/selection.ts';
import { EVENT_LOG, type PolledStream, STREAMS } from '../domain/streams.ts';
import type { Window } from '../domain/window.ts';
import type { GenesysRequest } from './client.ts';
import { ALL_CAMPAIGNS, type ListEndpoint, VOICE_CAMPAIGNS, WRAP_UP_CODES } from './names.ts';
import { CHANGES, INTERVAL } from './query-bodies.ts';

/** A request that changes nothing and reads next to nothing, and needs a permission that the poller needs. */
export interface PermissionProbe {
  /** The key of the configuration that asks for it. */
  readonly neededBy: string;
  readonly request: TestRequest;
  /** What the poller asks instead where that is refused. */
  readonly fallback?: TestRequest;
}

type TestRequest = GenesysRequest & Required<Pick<GenesysRequest, 'permission'>>;

/** What of the configuration asks for permissions. */
export interface Wanted {
  readonly streams: readonly PolledStream[];
  readonly wrapUpCodes: boolean;
  readonly campaigns: boolean;
  readonly query: 'changes' | 'interval';
  readonly scope: Scope;
}

const DETAILS = '/api/v2/analytics/conversations/details';
const ONE = { pageSize: 1, pageNumber: 1 };

/**
 * A test for each endpoint that the configuration makes the poller use. `window` is what the conversation
 * query is asked about.
 */
export function permissionProbes(wanted: Wanted, window: Window): readonly PermissionProbe[] {
  const readOne = ({ path, permission }: ListEndpoint): TestRequest => ({
    method: 'GET',
    path,
    query: ONE,
    permission,
  });
  const ofStream: Readonly<Record<PolledStream, GenesysRequest>> = {
    conversations: { method: 'POST', path: `${DETAILS}/query`, body: sample(wanted, window) },
    reconciliation: { method: 'GET', path: `${DETAILS}/jobs/availability` },
    [EVENT_LOG]: { method: 'GET', path: '/api/v2/outbound/events', query: ONE },
  };
  return [
    ...wanted.streams.map((name) => ({
      neededBy: `streams.${STREAMS[name].section}`,
      request: { ...ofStream[name], permission: STREAMS[name].permission },
    })),
    ...(wanted.wrapUpCodes ? [{ neededBy: 'enrich.wrapUpCodes', request: readOne(WRAP_UP_CODES) }] : []),
    ...(wanted.campaigns
      ? [{ neededBy: 'enrich.campaigns', request: readOne(ALL_CAMPAIGNS), fallback: readOne(VOICE_CAMPAIGNS) }]
      : []),
  ];
}

/** The poller's own query, for one conversation. */
function sample({ query, scope }: Wanted, window: Window): object {
  const [first] = query === 'changes' ? CHANGES : INTERVAL;
  return { ...fieldsOf(first?.body({ window, scope, lookback: 0 }, { offset: 0, size: MAX_PAGE_SIZE })), paging: ONE };
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
