import test from 'ava';
import type { LogEntry } from '../../src/sandbox/genesys/dialer-log.ts';
import { simulatedGenesys } from '../support/simulated-genesys.ts';

const EVENTS = '/api/v2/outbound/events';
const BUSY_LOG = { historyMs: 3_600_000, historyPerMinute: 0, logPerMinute: 4 };

const times = (entities: readonly LogEntry[]) => entities.map((entry) => entry.timestamp);

test('the event log pages through all entries in the order asked for', (t) => {
  const { call, world, clock } = simulatedGenesys({}, BUSY_LOG);
  const all = times(world.logEntriesAt(clock.now()));
  t.true(all.length > 200);
  const read = (sortOrder: string) => {
    const first = call('GET', `${EVENTS}?pageSize=100&sortOrder=${sortOrder}`).json;
    t.is(first.total, all.length);
    t.is(first.pageCount, Math.ceil(all.length / 100));
    const pages = Array.from({ length: first.pageCount }, (_, page) =>
      call('GET', `${EVENTS}?pageSize=100&sortOrder=${sortOrder}&pageNumber=${page + 1}`),
    );
    return pages.flatMap((page) => times(page.json.entities));
  };
  t.deepEqual(read('ascending'), all);
  t.deepEqual(read('descending'), [...all].reverse());
});

test('without a sort order the event log comes in either order, and may disregard what was asked for', (t) => {
  const first = (eventLog: object, query = '') => {
    const { call } = simulatedGenesys({ eventLog }, BUSY_LOG);
    return call('GET', `${EVENTS}${query}`).json.entities;
  };
  const oldest = first({});
  const newest = first({ defaultOrder: 'descending' });
  t.is(oldest.length, 25);
  t.true(Date.parse(oldest[0].timestamp) < Date.parse(newest[24].timestamp));
  t.deepEqual(first({ ignoresOrder: true }, '?sortOrder=descending'), oldest);
});

test('the event log is filtered by category and level', (t) => {
  const { call } = simulatedGenesys({}, BUSY_LOG);
  const { entities } = call('GET', `${EVENTS}?pageSize=100&category=CONTACT&level=ERROR`).json;
  t.true(entities.length > 10);
  t.true(entities.every((entry: LogEntry) => entry.category === 'CONTACT' && entry.level === 'ERROR'));
  t.deepEqual(call('GET', `${EVENTS}?category=CONTACT&level=INFO`).json.entities, []);
});

test('entries of the event log arrive while it is read', (t) => {
  const { call, clock } = simulatedGenesys({}, BUSY_LOG);
  const newest = () => call('GET', `${EVENTS}?sortOrder=descending&pageSize=1`).json;
  const before = newest();
  clock.step(600_000);
  const after = newest();
  t.true(after.total > before.total);
  t.true(after.entities[0].timestamp > before.entities[0].timestamp);
});

test('a page too large, a page that is not a number and an unknown order are 400s', (t) => {
  const { call } = simulatedGenesys({}, BUSY_LOG);
  t.is(call('GET', `${EVENTS}?pageSize=101`).status, 400);
  t.is(call('GET', `${EVENTS}?pageNumber=two`).status, 400);
  t.is(call('GET', `${EVENTS}?pageNumber=0`).status, 400);
  t.is(call('GET', `${EVENTS}?sortOrder=sideways`).status, 400);
});

test('wrap-up codes and campaigns have names, page by page and one by one', (t) => {
  const { call, world } = simulatedGenesys();
  const codes = '/api/v2/routing/wrapupcodes';
  const pages = [1, 2].map((page) => call('GET', `${codes}?pageSize=4&pageNumber=${page}`).json);
  t.deepEqual(
    pages.flatMap((page) => page.entities).map(({ id, name }) => ({ id, name })),
    [...world.fixtures.wrapUpCodes],
  );
  t.deepEqual(
    pages.map((page) => page.pageCount),
    [2, 2],
  );
  t.is(pages[0].nextUri, `${codes}?pageSize=4&pageNumber=2`);
  t.false('nextUri' in pages[1]);
  const [campaign] = world.fixtures.campaigns;
  t.like(call('GET', `/api/v2/outbound/campaigns/${campaign?.id}`).json, {
    name: campaign?.name,
    campaignStatus: 'on',
  });
});

test('campaigns of all kinds are listed to a client that may see any kind', (t) => {
  const path = '/api/v2/outbound/campaigns/all';
  const { call, world } = simulatedGenesys({ deny: ['outbound:campaign:view'] });
  const { json } = call('GET', path);
  const { campaigns, digitalCampaigns } = world.fixtures;
  t.deepEqual(
    json.entities.map(({ name, mediaType }: { name: string; mediaType: string }) => [name, mediaType]),
    [...campaigns.map(({ name }) => [name, 'voice']), ...digitalCampaigns.map((one) => [one.name, one.mediaType])],
  );
  const kinds = ['campaign', 'messagingCampaign', 'emailCampaign', 'whatsAppCampaign'];
  const none = simulatedGenesys({ deny: kinds.map((kind) => `outbound:${kind}:view`) });
  t.is(none.call('GET', path).status, 403);
});

test('a code that was deleted is known to the records and to no look-up', (t) => {
  const { call, world } = simulatedGenesys();
  const [forgotten] = world.fixtures.forgottenCodes;
  t.is(call('GET', `/api/v2/routing/wrapupcodes/${forgotten}`).status, 404);
});
