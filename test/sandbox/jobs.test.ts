import test from 'ava';
import { deriveConversation } from '../../src/domain/derive.ts';
import { factId } from '../../src/sandbox/genesys/facts.ts';
import { conversation, idsOf, type Read, simulatedGenesys } from '../support/simulated-genesys.ts';

const JOBS = '/api/v2/analytics/conversations/details/jobs';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Submits a job, lets it finish, and gives its id. */
function finished({ call, clock }: ReturnType<typeof simulatedGenesys>, body: object): string {
  const { json } = call('POST', JOBS, body);
  clock.step(3_000);
  return json.jobId;
}

/** All pages of a job's result. */
function pagesOf({ call }: ReturnType<typeof simulatedGenesys>, id: string, pageSize: number): Read[] {
  const pages: Read[] = [];
  let cursor = '';
  do {
    const page = call('GET', `${JOBS}/${id}/results?pageSize=${pageSize}${cursor && `&cursor=${cursor}`}`);
    pages.push(page);
    cursor = page.json.cursor ?? '';
  } while (cursor);
  return pages;
}

test('a job is queued, pending, fulfilled, and expires when its result has lived', (t) => {
  const { call, clock } = simulatedGenesys({ jobs: { queuedMs: 1_000, runningMs: 2_000, lifeMs: HOUR } });
  const { status, json } = call('POST', JOBS, { interval: '2026-11-19T00:00:00.000Z/2026-11-20T00:00:00.000Z' });
  t.is(status, 202);
  const state = () => call('GET', `${JOBS}/${json.jobId}`).json;
  t.is(state().state, 'QUEUED');
  t.is(call('GET', `${JOBS}/${json.jobId}/results`).status, 400);
  clock.step(1_000);
  t.is(state().state, 'PENDING');
  clock.step(2_000);
  t.deepEqual(state(), {
    state: 'FULFILLED',
    submissionDate: '2026-11-20T10:00:00.000Z',
    completionDate: '2026-11-20T10:00:03.000Z',
    expirationDate: '2026-11-20T11:00:03.000Z',
  });
  clock.step(HOUR);
  t.is(state().state, 'EXPIRED');
  t.is(call('GET', `${JOBS}/${json.jobId}/results`).status, 400);
});

test('a job finds every conversation whose life overlaps its interval: midnight is no boundary', (t) => {
  const genesys = simulatedGenesys();
  const add = (id: string, start: string, end?: string) => genesys.world.add([conversation(id, start, end)]);
  add('over-midnight', '2026-11-18T23:58:00.000Z', '2026-11-19T00:05:00.000Z');
  add('for-days', '2026-11-15T08:00:00.000Z');
  add('inside', '2026-11-19T00:01:00.000Z', '2026-11-19T00:02:00.000Z');
  add('before', '2026-11-18T23:00:00.000Z', '2026-11-18T23:59:00.000Z');
  add('after', '2026-11-19T00:10:00.000Z', '2026-11-19T00:11:00.000Z');
  const id = finished(genesys, { interval: '2026-11-19T00:00:00.000Z/2026-11-19T00:10:00.000Z' });
  t.deepEqual(idsOf(genesys.call('GET', `${JOBS}/${id}/results`)).sort(), ['for-days', 'inside', 'over-midnight']);
});

test('a job takes the filters of the query', (t) => {
  const genesys = simulatedGenesys();
  for (const originatingDirection of ['outbound', 'inbound']) {
    genesys.world.add([
      conversation(originatingDirection, '2026-11-19T08:00:00.000Z', undefined, [], { originatingDirection }),
    ]);
  }
  const predicates = [{ type: 'dimension', dimension: 'originatingDirection', operator: 'matches', value: 'outbound' }];
  const interval = '2026-11-19T00:00:00.000Z/2026-11-20T00:00:00.000Z';
  const id = finished(genesys, { interval, conversationFilters: [{ type: 'and', predicates }] });
  t.deepEqual(idsOf(genesys.call('GET', `${JOBS}/${id}/results`)), ['outbound']);
});

test('pages by cursor hold every result once, and the last has no cursor', (t) => {
  const bulk = {
    count: 2_500,
    from: Date.parse('2026-11-19T00:00:00.000Z'),
    to: Date.parse('2026-11-19T12:00:00.000Z'),
  };
  const genesys = simulatedGenesys({}, { bulk });
  const id = finished(genesys, { interval: '2026-11-19T00:00:00.000Z/2026-11-20T00:00:00.000Z' });
  const pages = pagesOf(genesys, id, 1_000);
  t.deepEqual(
    pages.map((page) => idsOf(page).length),
    [1_000, 1_000, 500],
  );
  t.is(new Set(pages.flatMap(idsOf)).size, 2_500);
});

test('a result without conversations has no such member', (t) => {
  const genesys = simulatedGenesys();
  const id = finished(genesys, { interval: '2026-11-19T00:00:00.000Z/2026-11-20T00:00:00.000Z' });
  t.deepEqual(genesys.call('GET', `${JOBS}/${id}/results`).json, { dataAvailabilityDate: '2026-11-20T06:00:03.000Z' });
});

test('the availability date lags behind now, by as much as is set', (t) => {
  const { call, clock } = simulatedGenesys({ jobs: { lagMs: 90 * MINUTE } });
  t.deepEqual(call('GET', `${JOBS}/availability`).json, { dataAvailabilityDate: '2026-11-20T08:30:00.000Z' });
  clock.step(MINUTE);
  t.deepEqual(call('GET', `${JOBS}/availability`).json, { dataAvailabilityDate: '2026-11-20T08:31:00.000Z' });
});

test('before the availability date nothing is missing; past it the data is partial, and nothing says so', (t) => {
  const genesys = simulatedGenesys(
    { jobs: { lagMs: HOUR } },
    { historyMs: 4 * HOUR, historyPerMinute: 3, latecomers: { share: 0 }, delayMs: [0, 5_000] },
  );
  const id = finished(genesys, { interval: '2026-11-20T05:00:00.000Z/2026-11-20T11:00:00.000Z' });
  const pages = pagesOf(genesys, id, 1_000);
  t.true(pages.every((page) => page.status === 200));
  const available = Date.parse(pages[0]?.json.dataAvailabilityDate);
  const events = pages
    .flatMap((page) => page.json.conversations ?? [])
    .flatMap((one) => deriveConversation(one, 'omit').events);
  const found = new Set(events.map((event) => event.id));
  const shown = [...genesys.world.facts()].filter(
    (fact) => fact.eventType !== 'outboundEventLogged' && fact.visibleAt <= genesys.clock.now(),
  );
  const missing = shown.filter((fact) => fact.goneAt === undefined && !found.has(factId(fact)));
  t.true(missing.length > 100);
  // A changed code bears the time of the segment, and is written later: it may still be on its way into the
  // lake.
  t.deepEqual(
    missing.filter((fact) => fact.timestamp <= available && fact.lateness === 'prompt' && fact.visibleAt <= available),
    [],
  );
  const past = shown.filter((fact) => fact.timestamp > available);
  t.true(past.some((fact) => found.has(factId(fact))));
});

test('a result stays what it was when the job was done, however the world goes on', (t) => {
  const genesys = simulatedGenesys(
    { jobs: { lagMs: 0 } },
    { historyMs: HOUR, historyPerMinute: 5, callsPerMinute: 60 },
  );
  const id = finished(genesys, { interval: '2026-11-20T09:00:00.000Z/2026-11-20T11:00:00.000Z' });
  const path = `${JOBS}/${id}/results`;
  genesys.clock.step(10 * MINUTE);
  const first = genesys.call('GET', path).json;
  genesys.clock.step(10 * MINUTE);
  t.deepEqual(genesys.call('GET', path).json, first);
  t.true(first.conversations.some((one: { conversationEnd?: string }) => one.conversationEnd === undefined));
});

test('a job can be cancelled', (t) => {
  const genesys = simulatedGenesys();
  const id = finished(genesys, { interval: '2026-11-19T00:00:00.000Z/2026-11-20T00:00:00.000Z' });
  t.is(genesys.call('DELETE', `${JOBS}/${id}`).status, 204);
  t.is(genesys.call('GET', `${JOBS}/${id}`).json.state, 'CANCELLED');
  t.is(genesys.call('GET', `${JOBS}/${id}/results`).status, 400);
});

test('a job fails, with a reason, where the simulator is set so', (t) => {
  const fail = ({ from, to }: { from: number; to: number }) => (to - from > HOUR ? 'too much data' : undefined);
  const genesys = simulatedGenesys({ jobs: { fail } });
  const long = finished(genesys, { interval: '2026-11-19T00:00:00.000Z/2026-11-19T02:00:00.000Z' });
  t.like(genesys.call('GET', `${JOBS}/${long}`).json, { state: 'FAILED', errorMessage: 'too much data' });
  const short = finished(genesys, { interval: '2026-11-19T00:00:00.000Z/2026-11-19T01:00:00.000Z' });
  t.is(genesys.call('GET', `${JOBS}/${short}`).json.state, 'FULFILLED');
});

test('an interval that is too long, paging, and a cursor of another job are 400s; an unknown job is a 404', (t) => {
  const genesys = simulatedGenesys({ jobs: { longestMs: 24 * HOUR } });
  const interval = '2026-11-19T00:00:00.000Z/2026-11-20T00:00:00.000Z';
  t.is(genesys.call('POST', JOBS, { interval: '2026-11-18T00:00:00.000Z/2026-11-20T00:00:00.000Z' }).status, 400);
  t.is(genesys.call('POST', JOBS, { interval, paging: { pageSize: 100, pageNumber: 1 } }).status, 400);
  const id = finished(genesys, { interval });
  t.is(genesys.call('GET', `${JOBS}/${id}/results?cursor=bm9uc2Vuc2U`).status, 400);
  t.is(genesys.call('GET', `${JOBS}/${id}/results?pageSize=1001`).status, 400);
  t.is(genesys.call('GET', `${JOBS}/nothing`).status, 404);
  t.is(genesys.call('GET', `${JOBS}/nothing/results`).status, 404);
});
