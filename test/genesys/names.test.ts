import test from 'ava';
import { Failure } from '../../src/domain/failure.ts';
import type { GenesysRequest } from '../../src/genesys/client.ts';
import { campaigns, wrapUpCodes } from '../../src/genesys/names.ts';
import type { Named, NameList } from '../../src/ports/names.ts';
import { testContext } from '../support/request-context.ts';
import { scriptedClient } from './support/scripted-client.ts';

async function all(list: NameList): Promise<readonly (readonly Named[])[]> {
  const pages = [];
  for await (const page of list.pages(testContext())) pages.push(page);
  return pages;
}

const ANY_CAMPAIGN = [
  'outbound:campaign:view',
  'outbound:messagingCampaign:view',
  'outbound:emailCampaign:view',
  'outbound:whatsAppCampaign:view',
];

/** All that is read before the list fails, and its failure. */
async function failing(list: NameList): Promise<{ readonly read: readonly Named[]; readonly failure: unknown }> {
  const read: Named[] = [];
  try {
    for await (const page of list.pages(testContext())) read.push(...page);
  } catch (failure) {
    return { read, failure };
  }
  throw new Error('it came to an end');
}

function refusedWith(httpStatus: number): Failure {
  return new Failure({ code: 'genesys.permission', what: 'No', why: 'no', remedy: 'no', fields: { httpStatus } });
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
    [campaigns, '/api/v2/outbound/campaigns/all', ANY_CAMPAIGN],
  ] as const) {
    const { client, requests } = scriptedClient(pagesOf(2, 2));
    t.deepEqual(await all(list(client)), [[{ id: 'i1', name: 'n1' }], [{ id: 'i2', name: 'n2' }]]);
    t.deepEqual(
      requests,
      [1, 2].map((pageNumber) => ({
        method: 'GET',
        path,
        query: { pageSize: 100, pageNumber },
        permission,
        purpose: 'names',
      })),
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

test('a name that could make an event too large for its bus is none', async (t) => {
  const entities = [1_024, 1_025, 300_000].map((length) => ({ id: `i${length}`, name: 'n'.repeat(length) }));
  const { client } = scriptedClient(() => ({ entities, pageCount: 1 }));
  t.deepEqual(
    (await all(wrapUpCodes(client))).flat().map(({ id }) => id),
    ['i1024'],
  );
});

test('what is not a list is a failure', async (t) => {
  for (const answer of [undefined, { entities: 'text' }]) {
    const { client } = scriptedClient(() => answer);
    await t.throwsAsync(all(campaigns(client)), { instanceOf: Failure, message: /not a list/ });
  }
});

test('where the list of all campaigns is refused, those of voice are listed', async (t) => {
  for (const status of [403, 404, 405]) {
    const { client, requests } = scriptedClient((request) => {
      if (request.path.endsWith('/all')) throw refusedWith(status);
      return pagesOf(1, 1)(request);
    });
    t.deepEqual(await all(campaigns(client)), [[{ id: 'i1', name: 'n1' }]]);
    t.like(requests[1], { path: '/api/v2/outbound/campaigns', permission: 'outbound:campaign:view' });
  }
});

test('other trouble with the list of all campaigns is no reason to ask for another', async (t) => {
  const { client, requests } = scriptedClient(() => {
    throw refusedWith(503);
  });
  await t.throwsAsync(all(campaigns(client)), { instanceOf: Failure });
  t.is(requests.length, 1);
});

test('the same page again and again ends with a failure that says so, and what was read stays', async (t) => {
  const { client, requests } = scriptedClient(() => ({ entities: [{ id: 'i1', name: 'n1' }] }));
  const { read, failure } = await failing(wrapUpCodes(client));
  t.regex(String(failure), /page 2 brings no new ID/);
  t.deepEqual(read[0], { id: 'i1', name: 'n1' });
  t.is(requests.length, 2);
});

test('pages that bring new IDs for ever end after 20,000 names', async (t) => {
  const entities = (page: number) => Array.from({ length: 100 }, (_, n) => ({ id: `i${page}-${n}`, name: 'n' }));
  const { client, requests } = scriptedClient(({ query }) => ({ entities: entities(Number(query?.pageNumber)) }));
  const { read, failure } = await failing(wrapUpCodes(client));
  t.regex(String(failure), /does not end within 200 pages/);
  t.is(read.length, 20_000);
  t.is(requests.length, 200);
});
