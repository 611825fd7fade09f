import test from 'ava';
import { Failure } from '../../src/domain/failure.ts';
import type { GenesysRequest } from '../../src/genesys/client.ts';
import { campaigns, wrapUpCodes } from '../../src/genesys/names.ts';
import type { Named, NameList } from '../../src/ports/names.ts';
import { testCall } from '../support/call.ts';
import { scriptedClient } from './support/scripted-client.ts';

async function all(list: NameList): Promise<readonly (readonly Named[])[]> {
  const pages = [];
  for await (const page of list.pages(testCall())) pages.push(page);
  return pages;
}

function pagesOf(pageCount: number | undefined, pages: number) {
  return ({ query }: GenesysRequest) => {
    const number = Number(query?.pageNumber);
    return { entities: number <= pages ? [{ id: `i${number}`, name: `n${number}` }] : [], pageCount };
  };
}

test('wrap-up codes and campaigns are listed by their own paths and permissions, a hundred a page', async (t) => {
  for (const [list, path, permission] of [
    [wrapUpCodes, '/api/v2/routing/wrapupcodes', 'routing:wrapupCode:view'],
    [campaigns, '/api/v2/outbound/campaigns', 'outbound:campaign:view'],
  ] as const) {
    const { client, requests } = scriptedClient(pagesOf(2, 2));
    t.deepEqual(await all(list(client)), [[{ id: 'i1', name: 'n1' }], [{ id: 'i2', name: 'n2' }]]);
    t.deepEqual(
      requests,
      [1, 2].map((pageNumber) => ({ method: 'GET', path, query: { pageSize: 100, pageNumber }, permission })),
    );
  }
});

test('without a count of pages the list ends with an empty one', async (t) => {
  const { client, requests } = scriptedClient(pagesOf(undefined, 2));
  await all(wrapUpCodes(client));
  t.is(requests.length, 3);
});

test('what has no ID or no name is passed over', async (t) => {
  const entities = [null, 'text', { id: 'i1' }, { name: 'n2' }, { id: '', name: 'n3' }, { id: 'i4', name: 'n4' }];
  const { client } = scriptedClient(() => ({ entities, pageCount: 1 }));
  t.deepEqual(await all(campaigns(client)), [[{ id: 'i4', name: 'n4' }]]);
});

test('what is no list is a failure', async (t) => {
  for (const answer of [undefined, { entities: 'text' }]) {
    const { client } = scriptedClient(() => answer);
    await t.throwsAsync(all(campaigns(client)), { instanceOf: Failure, message: /no list/ });
  }
});
