import { fieldsOf, textOf } from '../domain/json.ts';
import type { Call } from '../ports/call.ts';
import type { Named, NameList } from '../ports/names.ts';
import type { GenesysClient } from './client.ts';
import { notAsExpected } from './failures.ts';

type Client = Pick<GenesysClient, 'request'>;

/** Things on a page; the most that is in use elsewhere. */
const PAGE_SIZE = 100;

/** GET /api/v2/routing/wrapupcodes. */
export function wrapUpCodes(client: Client): NameList {
  return listing(client, '/api/v2/routing/wrapupcodes', 'routing:wrapupCode:view');
}

/** GET /api/v2/outbound/campaigns. */
export function campaigns(client: Client): NameList {
  return listing(client, '/api/v2/outbound/campaigns', 'outbound:campaign:view');
}

function listing(client: Client, path: string, permission: string): NameList {
  return {
    async *pages(call: Call) {
      for (let pageNumber = 1; ; pageNumber++) {
        const query = { pageSize: PAGE_SIZE, pageNumber };
        const page = fieldsOf(await client.request({ method: 'GET', path, query, permission }, call));
        const entities = page?.entities ?? [];
        if (!page || !Array.isArray(entities)) throw notAsExpected(`GET ${path}`, 'its entities are no list');
        yield entities.flatMap(named);
        const { pageCount } = page;
        if (entities.length === 0 || (typeof pageCount === 'number' && pageNumber >= pageCount)) return;
      }
    },
  };
}

function named(entity: unknown): readonly Named[] {
  const fields = fieldsOf(entity);
  const id = textOf(fields?.id);
  const name = textOf(fields?.name);
  return id !== undefined && name !== undefined ? [{ id, name }] : [];
}
