import test from 'ava';
import { POLLED_STREAMS } from '../../src/domain/streams.ts';
import { availabilityOf, permissionProbes, totalHitsOf, type Wanted } from '../../src/genesys/permissions.ts';
import { simulatedGenesys } from '../support/simulated-genesys.ts';

const ALL: Wanted = {
  streams: POLLED_STREAMS,
  wrapUpCodes: true,
  campaigns: true,
  query: 'changes',
  scope: 'outbound',
};
const WINDOW = { start: Date.parse('2026-11-20T09:00:00Z'), end: Date.parse('2026-11-20T10:00:00Z') };
const permissionsOf = (wanted: Partial<Wanted>) =>
  permissionProbes({ ...ALL, ...wanted }, WINDOW).map(({ neededBy, request }) => `${neededBy} ${request.permission}`);

test('each enabled stream and enrichment is tested for the permission that it needs, and nothing else is', (t) => {
  t.deepEqual(permissionsOf({}), [
    'streams.conversations analytics:conversationDetail:view',
    'streams.reconciliation analytics:conversationDetail:view',
    'streams.eventLog outbound:eventLog:view',
    'enrich.wrapUpCodes routing:wrapupCode:view',
    'enrich.campaigns outbound:campaign:view,outbound:messagingCampaign:view,outbound:emailCampaign:view,outbound:whatsAppCampaign:view',
  ]);
  const none = { streams: [], wrapUpCodes: false, campaigns: false };
  t.deepEqual(permissionsOf(none), []);
});

for (const query of ['changes', 'interval'] as const) {
  test(`Genesys accepts every test (query ${query}), and answers with at most one thing`, (t) => {
    const genesys = simulatedGenesys();
    for (const { request } of permissionProbes({ ...ALL, query }, WINDOW)) {
      const search = new URLSearchParams(request.query as Record<string, string>);
      const { status, json } = genesys.call(request.method, `${request.path}?${search}`, request.body);
      t.is(status, 200, JSON.stringify(json));
      t.true((json.conversations ?? json.entities ?? []).length <= 1);
    }
  });
}

test('each test fails for exactly the permission that it names', (t) => {
  for (const { request } of permissionProbes(ALL, WINDOW)) {
    const genesys = simulatedGenesys({ deny: [request.permission].flat() });
    const refused = permissionProbes(ALL, WINDOW).filter(
      (one) => genesys.call(one.request.method, one.request.path, one.request.body).status === 403,
    );
    t.true(refused.length > 0);
    t.true(refused.every((one) => one.request.permission === request.permission));
  }
});

test('what an answer happens to tell is read, and nothing is made of what it does not tell', (t) => {
  t.is(totalHitsOf({ totalHits: 12 }), 12);
  t.is(totalHitsOf({}), undefined);
  t.is(totalHitsOf(null), undefined);
  t.is(availabilityOf({ dataAvailabilityDate: '2026-11-20T06:00:00.000Z' }), Date.parse('2026-11-20T06:00:00Z'));
  t.is(availabilityOf('x'), undefined);
});
