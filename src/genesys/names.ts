import { Failure } from '../domain/failure.ts';
import { fieldsOf, textOf } from '../domain/json.ts';
import type { Named, NameList } from '../ports/names.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { GenesysClient } from './client.ts';
import { notAsExpected } from './failures.ts';

type Client = Pick<GenesysClient, 'request'>;

/** An endpoint that lists things with their names, and the permission it needs; of several, any one. */
export interface ListEndpoint {
  readonly path: string;
  readonly permission: string | readonly string[];
}

export const WRAP_UP_CODES: ListEndpoint = {
  path: '/api/v2/routing/wrapupcodes',
  permission: 'routing:wrapupCode:view',
};
/**
 * Voice and digital campaigns. Each permission shows campaigns of its own kind (Genesys's SDK, "Requires ANY
 * permissions").
 */
export const ALL_CAMPAIGNS: ListEndpoint = {
  path: '/api/v2/outbound/campaigns/all',
  permission: [
    'outbound:campaign:view',
    'outbound:messagingCampaign:view',
    'outbound:emailCampaign:view',
    'outbound:whatsAppCampaign:view',
  ],
};
/** Voice campaigns only. */
export const VOICE_CAMPAIGNS: ListEndpoint = {
  path: '/api/v2/outbound/campaigns',
  permission: 'outbound:campaign:view',
};

/** Things on a page: the largest size known to be in use elsewhere. */
const PAGE_SIZE = 100;
/**
 * Characters. A longer name could make an event too large for its bus: the event then goes without a name.
 */
const MAX_NAME_LENGTH = 1_024;
/** Pages of one list: 20,000 things, as many as the name cache keeps. */
const MAX_PAGES = 200;

export function wrapUpCodes(client: Client): NameList {
  return { pages: (context) => pagesOf(client, WRAP_UP_CODES, context) };
}

/** Campaigns of all kinds, or those of voice where that list is refused. */
export function campaigns(client: Client): NameList {
  return {
    async *pages(context) {
      try {
        yield* pagesOf(client, ALL_CAMPAIGNS, context);
      } catch (error) {
        if (!isRefused(error)) throw error;
        yield* pagesOf(client, VOICE_CAMPAIGNS, context);
      }
    },
  };
}

/** Whether a list is not permitted or not there: a gateway or a region may know only the older one. */
export function isRefused(error: unknown): boolean {
  return error instanceof Failure && [403, 404, 405].includes(Number(error.fields.httpStatus));
}

/**
 * Reads page after page, until the count of pages is reached or a page is empty. A page without a new ID
 * might repeat for ever, and a list might never end. Both are failures, raised after what was read has been
 * yielded.
 */
async function* pagesOf(
  client: Client,
  { path, permission }: ListEndpoint,
  context: RequestContext,
): AsyncGenerator<readonly Named[]> {
  const seen = new Set<string>();
  for (let pageNumber = 1; ; pageNumber++) {
    const query = { pageSize: PAGE_SIZE, pageNumber };
    const page = fieldsOf(await client.request({ method: 'GET', path, query, permission, purpose: 'names' }, context));
    const entities = page?.entities ?? [];
    if (!page || !Array.isArray(entities)) throw notAsExpected(`GET ${path}`, 'its entities are not a list');
    yield entities.flatMap(named);
    const { pageCount } = page;
    if (entities.length === 0 || (typeof pageCount === 'number' && pageNumber >= pageCount)) return;
    const before = seen.size;
    for (const entity of entities) seen.add(textOf(fieldsOf(entity)?.id) ?? '');
    if (seen.size === before) throw notAsExpected(`GET ${path}`, `page ${pageNumber} brings no new ID`);
    if (pageNumber === MAX_PAGES) throw notAsExpected(`GET ${path}`, `it does not end within ${MAX_PAGES} pages`);
  }
}

function named(entity: unknown): readonly Named[] {
  const fields = fieldsOf(entity);
  const id = textOf(fields?.id);
  const name = textOf(fields?.name);
  return id !== undefined && name !== undefined && name.length <= MAX_NAME_LENGTH ? [{ id, name }] : [];
}
