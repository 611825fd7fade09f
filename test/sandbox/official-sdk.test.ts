import test from 'ava';
import platformClient, { type Models } from 'purecloud-platform-client-v2';
import { startGenesys } from '../../src/sandbox/genesys/server.ts';
import { SANDBOX_ORGANISATION } from '../../src/sandbox/genesys/tokens.ts';
import { CLIENT, simulatedGenesys } from '../support/simulated-genesys.ts';

const INTERVAL = '2026-11-20T00:00:00.000Z/2026-11-20T12:00:00.000Z';

/*
 * Genesys's own client, which knows nothing of this project, judges the simulator: it logs in, asks, and
 * finds what its models promise. One client instance is shared by the process, hence one simulator.
 */
const bulk = { count: 250, from: Date.parse('2026-11-20T08:00:00.000Z'), to: Date.parse('2026-11-20T09:00:00.000Z') };
const genesys = simulatedGenesys(
  { jobs: { lagMs: 0 } },
  { bulk, historyMs: 3_600_000, historyPerMinute: 5, logPerMinute: 1 },
);
const client = platformClient.ApiClient.instance;
// Its types lack its own limit of 16 s a request, which a busy machine may exceed; milliseconds.
Object.assign(client, { timeout: 3_600_000 });
let server: Awaited<ReturnType<typeof startGenesys>>;

test.before(async () => {
  server = await startGenesys({ simulator: genesys.simulator });
  client.setGateway({
    host: '127.0.0.1',
    protocol: 'http',
    port: Number(new URL(server.url).port),
    path_params_login: 'login',
    path_params_api: 'api',
  });
});

test.after.always(() => server.close());

test.serial('it sees the refusal of a wrong secret, and logs in with the right one', async (t) => {
  const refusal = await client.loginClientCredentialsGrant(CLIENT.clientId, 'guess').then(
    () => undefined,
    (error: { status: number }) => error,
  );
  t.is(refusal?.status, 401);
  await t.notThrowsAsync(client.loginClientCredentialsGrant(CLIENT.clientId, CLIENT.clientSecret));
});

test('it pages conversations until there are no more', async (t) => {
  const api = new platformClient.AnalyticsApi();
  const ids = new Set<string | undefined>();
  const filter: Models.ConversationDetailQueryFilter = {
    type: 'and',
    predicates: [{ type: 'dimension', dimension: 'originatingDirection', operator: 'matches', value: 'outbound' }],
  };
  for (let pageNumber = 1; ; pageNumber++) {
    const body: Models.ConversationQuery = {
      interval: INTERVAL,
      order: 'asc',
      orderBy: 'conversationStart',
      conversationFilters: [filter],
      paging: { pageSize: 100, pageNumber },
    };
    const { conversations = [], totalHits }: Models.AnalyticsConversationQueryResponse =
      await api.postAnalyticsConversationsDetailsQuery(body);
    t.is(typeof totalHits, 'number');
    for (const conversation of conversations) ids.add(conversation.conversationId);
    if (conversations.length === 0) break;
  }
  const outbound = genesys.world
    .recordsAt(genesys.clock.now())
    .filter((one) => one.originatingDirection === 'outbound');
  t.true(ids.size > 250);
  t.deepEqual([...ids].sort(), outbound.map((one) => one.conversationId).sort());
});

test('it runs a job and reads its result to the end', async (t) => {
  const api = new platformClient.AnalyticsApi();
  const available: Models.DataAvailabilityResponse = await api.getAnalyticsConversationsDetailsJobsAvailability();
  t.is(available.dataAvailabilityDate, new Date(genesys.clock.now()).toISOString());
  const body: Models.AsyncConversationQuery = { interval: INTERVAL, order: 'asc', orderBy: 'conversationStart' };
  const { jobId = '' }: Models.AsyncQueryResponse = await api.postAnalyticsConversationsDetailsJobs(body);
  genesys.clock.step(3_000);
  const status: Models.AsyncQueryStatus = await api.getAnalyticsConversationsDetailsJob(jobId);
  t.is(status.state, 'FULFILLED');
  t.truthy(status.expirationDate);

  const conversations: Models.AnalyticsConversation[] = [];
  let cursor: string | undefined;
  do {
    const page: Models.AnalyticsConversationAsyncQueryResponse = await api.getAnalyticsConversationsDetailsJobResults(
      jobId,
      { pageSize: 100, ...(cursor && { cursor }) },
    );
    conversations.push(...(page.conversations ?? []));
    cursor = page.cursor;
  } while (cursor);
  t.is(conversations.length, genesys.world.recordsAt(genesys.clock.now()).length);
  const segments = conversations.flatMap((one) => one.participants ?? []).flatMap((one) => one.sessions ?? []);
  t.true(segments.some((session) => session.segments?.some((segment) => segment.segmentType === 'dialing')));
  await t.notThrowsAsync(api.deleteAnalyticsConversationsDetailsJob(jobId));
});

test('it lists wrap-up codes and campaigns, and looks one up', async (t) => {
  const { entities = [] }: Models.WrapupCodeEntityListing = await new platformClient.RoutingApi().getRoutingWrapupcodes(
    {
      pageSize: 100,
    },
  );
  t.deepEqual(
    entities.map((code) => code.name),
    genesys.world.fixtures.wrapUpCodes.map((code) => code.name),
  );
  const outbound = new platformClient.OutboundApi();
  const campaigns: Models.CampaignEntityListing = await outbound.getOutboundCampaigns({ pageSize: 25 });
  t.is(campaigns.entities?.length, 3);
  const first = { id: '', name: '', ...genesys.world.fixtures.campaigns[0] };
  t.is((await outbound.getOutboundCampaign(first.id)).name, first.name);
});

test('it learns whose its token is', async (t) => {
  const me: Models.TokenInfo = await new platformClient.TokensApi().getTokensMe();
  t.deepEqual(me.organization, SANDBOX_ORGANISATION);
  t.is(me.OAuthClient?.id, CLIENT.clientId);
});

test('it reads the event log of the dialer', async (t) => {
  const log: Models.DialerEventEntityListing = await new platformClient.OutboundApi().getOutboundEvents({
    pageSize: 10,
    sortOrder: 'descending',
  });
  const entries: Models.EventLog[] = log.entities ?? [];
  t.is(entries.length, 10);
  t.true(entries.every((entry) => entry.id && entry.timestamp && entry.eventMessage?.message));
});

/** Members of Genesys's models that the world writes: a misspelt one would not compile. */
const MEMBERS = {
  conversation: [
    'conversationId',
    'conversationStart',
    'conversationEnd',
    'originatingDirection',
    'divisionIds',
    'externalTag',
    'conversationInitiator',
    'participants',
  ] satisfies (keyof Models.AnalyticsConversation)[] as string[],
  participant: [
    'participantId',
    'participantName',
    'purpose',
    'userId',
    'sessions',
  ] satisfies (keyof Models.AnalyticsParticipant)[] as string[],
  session: [
    'sessionId',
    'mediaType',
    'direction',
    'ani',
    'dnis',
    'edgeId',
    'provider',
    'outboundCampaignId',
    'outboundContactId',
    'outboundContactListId',
    'dispositionName',
    'dispositionAnalyzer',
    'segments',
  ] satisfies (keyof Models.AnalyticsSession)[] as string[],
  segment: [
    'segmentType',
    'segmentStart',
    'segmentEnd',
    'disconnectType',
    'errorCode',
    'queueId',
    'wrapUpCode',
  ] satisfies (keyof Models.AnalyticsConversationSegment)[] as string[],
  logEntry: [
    'id',
    'name',
    'timestamp',
    'level',
    'category',
    'correlationId',
    'relatedEntity',
    'eventMessage',
  ] satisfies (keyof Models.EventLog)[] as string[],
};

test('the world writes the members of the official models, and no others', (t) => {
  const { world, clock } = simulatedGenesys({}, { historyMs: 36_000_000, historyPerMinute: 5, logPerMinute: 1 });
  const records = world.recordsAt(clock.now());
  const participants = records.flatMap((one) => one.participants ?? []).filter((one) => one !== null);
  const sessions = participants.flatMap((one) => one.sessions ?? []).filter((one) => one !== null);
  const segments = sessions.flatMap((one) => one.segments ?? []).filter((one) => one !== null);
  const written = (things: readonly object[]) => [...new Set(things.flatMap((thing) => Object.keys(thing)))].sort();
  t.deepEqual(
    {
      conversation: written(records),
      participant: written(participants),
      session: written(sessions),
      segment: written(segments),
      logEntry: written(world.logEntriesAt(clock.now())),
    },
    Object.fromEntries(Object.entries(MEMBERS).map(([name, members]) => [name, [...members].sort()])) as never,
  );
});
