import test from 'ava';
import { factKey } from '../../src/sandbox/genesys/facts.ts';
import { conversation, idsOf, simulatedGenesys } from '../support/simulated-genesys.ts';

const TODAY = '2026-11-20T00:00:00.000Z/2026-11-20T10:00:00.000Z';

/** A world with one call of each kind that the selection by day has to distinguish. */
function aroundMidnight() {
  const genesys = simulatedGenesys();
  genesys.world.add([conversation('over-midnight', '2026-11-19T23:58:00.000Z', '2026-11-20T00:05:00.000Z')]);
  genesys.world.add([conversation('early', '2026-11-20T00:01:00.000Z', '2026-11-20T00:03:00.000Z')]);
  genesys.world.add([conversation('later', '2026-11-20T08:00:00.000Z', '2026-11-20T08:03:00.000Z')]);
  return genesys;
}

const segment = (type: string, start: string, end: string, more: object = {}) => ({
  segmentType: type,
  segmentStart: `2026-11-20T${start}Z`,
  segmentEnd: `2026-11-20T${end}Z`,
  ...more,
});

const where = (dimension: string, value?: string, operator = 'matches') => ({
  type: 'dimension',
  dimension,
  operator,
  ...(value !== undefined && { value }),
});

test('the interval selects by start day: a call that began before midnight is not in a query for after it', (t) => {
  const { found } = aroundMidnight();
  t.deepEqual(found({ interval: '2026-11-20T00:00:00.000Z/2026-11-20T00:10:00.000Z' }), ['early', 'later']);
  t.deepEqual(found({ interval: '2026-11-19T00:00:00.000Z/2026-11-19T00:10:00.000Z' }), ['over-midnight']);
});

test('an interval that ends at midnight does not touch the day that begins there', (t) => {
  const { found } = aroundMidnight();
  t.deepEqual(found({ interval: '2026-11-19T12:00:00.000Z/2026-11-20T00:00:00.000Z' }), ['over-midnight']);
  t.deepEqual(found({ interval: '2026-11-19T12:00:00.000Z/2026-11-20T00:00:00.001Z' }), [
    'over-midnight',
    'early',
    'later',
  ]);
});

test('a conversation that did nothing within the interval is left out where the simulator is set so', (t) => {
  const { world, clock } = aroundMidnight();
  const { found } = simulatedGenesys({ world, detailsQuery: { returnsInactive: false } }, {}, clock);
  t.deepEqual(found({ interval: '2026-11-20T00:00:00.000Z/2026-11-20T00:10:00.000Z' }), ['early']);
});

test('a conversation in progress is returned as far as it has come, without an end', (t) => {
  const { world, clock, query } = simulatedGenesys();
  const begun = conversation('c1', '2026-11-20T09:59:00.000Z');
  const ended = conversation('c1', '2026-11-20T09:59:00.000Z', '2026-11-20T10:00:30.000Z');
  world.add([begun, { ...ended, at: Date.parse('2026-11-20T10:00:31.000Z') }]);
  t.deepEqual(query({ interval: TODAY }).json.conversations, [begun.record]);
  clock.step(31_000);
  t.deepEqual(query({ interval: TODAY }).json.conversations, [ended.record]);
});

test('segmentEnd finds the conversations in which something ended in a window', (t) => {
  const { world, found } = simulatedGenesys();
  world.add([
    conversation('inside', '2026-11-20T08:00:00.000Z', undefined, [segment('dialing', '08:00:00', '08:01:00')]),
  ]);
  world.add([
    conversation('outside', '2026-11-20T08:00:00.000Z', undefined, [segment('dialing', '08:00:00', '08:02:00')]),
  ]);
  const ended = (value: string) => [{ type: 'and', predicates: [where('segmentEnd', value)] }];
  const window = '2026-11-20T08:01:00.000Z/2026-11-20T08:02:00.000Z';
  t.deepEqual(found({ interval: TODAY, segmentFilters: ended(window) }), ['inside']);
});

test('conversationStart with no conversationEnd finds those that began in a window and are still alive', (t) => {
  const { world, found } = simulatedGenesys();
  world.add([conversation('alive', '2026-11-20T08:00:10.000Z')]);
  world.add([conversation('over', '2026-11-20T08:00:20.000Z', '2026-11-20T08:00:30.000Z')]);
  world.add([conversation('older', '2026-11-20T07:59:00.000Z')]);
  const window = '2026-11-20T08:00:00.000Z/2026-11-20T08:01:00.000Z';
  const predicates = [where('conversationStart', window), where('conversationEnd', undefined, 'notExists')];
  t.deepEqual(found({ interval: TODAY, conversationFilters: [{ type: 'and', predicates }] }), ['alive']);
});

test('all predicates of a segment filter have to hold on one segment; two filters may hold on two', (t) => {
  const { world, found } = simulatedGenesys();
  const segments = [
    segment('dialing', '08:00:00', '08:00:10'),
    segment('interact', '08:00:10', '08:01:00', { wrapUpCode: 'sale' }),
  ];
  world.add([conversation('c1', '2026-11-20T08:00:00.000Z', undefined, segments)]);
  const dialing = where('segmentType', 'dialing');
  const sale = where('wrapUpCode', 'sale');
  const and = (...predicates: object[]) => ({ type: 'and', predicates });
  t.deepEqual(found({ interval: TODAY, segmentFilters: [and(dialing, sale)] }), []);
  t.deepEqual(found({ interval: TODAY, segmentFilters: [and(dialing), and(sale)] }), ['c1']);
  t.deepEqual(found({ interval: TODAY, segmentFilters: [{ type: 'or', predicates: [dialing, sale] }] }), ['c1']);
  t.deepEqual(found({ interval: TODAY, segmentFilters: [and(dialing), and(where('wrapUpCode', 'other'))] }), []);
});

test('clauses combine within a filter', (t) => {
  const { world, found } = simulatedGenesys();
  for (const originatingDirection of ['outbound', 'inbound', 'sideways']) {
    world.add([
      conversation(originatingDirection, '2026-11-20T08:00:00.000Z', undefined, [], { originatingDirection }),
    ]);
  }
  const either = ['inbound', 'outbound'].map((value) => where('originatingDirection', value));
  const clauses = [
    { type: 'or', predicates: either },
    { type: 'and', predicates: [where('conversationId', 'inbound')] },
  ];
  t.deepEqual(found({ interval: TODAY, conversationFilters: [{ type: 'and', clauses }] }), ['inbound']);
});

test('exists and notExists look at values: null and an empty list are none', (t) => {
  const { world, found } = simulatedGenesys();
  world.add([
    conversation(
      'none',
      '2026-11-20T08:00:00.000Z',
      undefined,
      [segment('dialing', '08:00:00', '08:01:00', { wrapUpCode: null })],
      { divisionIds: [] },
    ),
  ]);
  world.add([
    conversation(
      'some',
      '2026-11-20T08:00:00.000Z',
      undefined,
      [segment('dialing', '08:00:00', '08:01:00', { wrapUpCode: 'x' })],
      { divisionIds: ['d1', 'd2'] },
    ),
  ]);
  const segments = (operator: string) => [{ type: 'and', predicates: [where('wrapUpCode', undefined, operator)] }];
  t.deepEqual(found({ interval: TODAY, segmentFilters: segments('exists') }), ['some']);
  t.deepEqual(found({ interval: TODAY, segmentFilters: segments('notExists') }), ['none']);
  const divisions = (predicate: object) => [{ type: 'and', predicates: [predicate] }];
  t.deepEqual(found({ interval: TODAY, conversationFilters: divisions(where('divisionId', undefined, 'notExists')) }), [
    'none',
  ]);
  t.deepEqual(found({ interval: TODAY, conversationFilters: divisions(where('divisionId', 'd2')) }), ['some']);
});

test('participants without sessions, sessions without segments and nulls pass no segment filter and do no harm', (t) => {
  const { world, found } = simulatedGenesys();
  const participants = [
    null,
    { purpose: 'customer' },
    { purpose: 'agent', sessions: [null, { mediaType: 'voice', segments: null }] },
  ];
  world.add([conversation('hollow', '2026-11-20T08:00:00.000Z', undefined, [], { participants })]);
  t.deepEqual(found({ interval: TODAY }), ['hollow']);
  t.deepEqual(
    found({ interval: TODAY, segmentFilters: [{ type: 'and', predicates: [where('purpose', 'agent')] }] }),
    [],
  );
});

test('the order is as asked for, and those without the time come last either way', (t) => {
  const { world, found } = simulatedGenesys();
  world.add([
    conversation('long', '2026-11-20T08:00:00.000Z', '2026-11-20T09:00:00.000Z', [
      segment('interact', '08:00:00', '08:30:00'),
    ]),
  ]);
  world.add([
    conversation('short', '2026-11-20T08:10:00.000Z', '2026-11-20T08:20:00.000Z', [
      segment('interact', '08:11:00', '08:20:00'),
    ]),
  ]);
  world.add([conversation('open', '2026-11-20T08:05:00.000Z')]);
  t.deepEqual(found({ interval: TODAY }), ['long', 'open', 'short']);
  t.deepEqual(found({ interval: TODAY, order: 'desc' }), ['short', 'open', 'long']);
  t.deepEqual(found({ interval: TODAY, orderBy: 'conversationEnd' }), ['short', 'long', 'open']);
  t.deepEqual(found({ interval: TODAY, orderBy: 'conversationEnd', order: 'desc' }), ['long', 'short', 'open']);
  t.deepEqual(found({ interval: TODAY, orderBy: 'segmentStart' }), ['long', 'short', 'open']);
  t.deepEqual(found({ interval: TODAY, orderBy: 'segmentEnd' }), ['short', 'long', 'open']);
});

test('without hits, and past the last page, there is no conversations member', (t) => {
  const { query } = aroundMidnight();
  t.deepEqual(query({ interval: '2026-11-10T00:00:00.000Z/2026-11-10T01:00:00.000Z' }).json, { totalHits: 0 });
  const past = query({ interval: TODAY, paging: { pageSize: 100, pageNumber: 2 } });
  t.is(past.status, 200);
  t.false('conversations' in past.json);
});

test('totalHits is near the truth, and not the truth', (t) => {
  const bulk = {
    count: 1_000,
    from: Date.parse('2026-11-20T08:00:00.000Z'),
    to: Date.parse('2026-11-20T09:00:00.000Z'),
  };
  const { query } = simulatedGenesys({}, { bulk });
  t.is(query({ interval: TODAY }).json.totalHits, 970);
});

test('paging goes up to 100,000 results, and not one further', (t) => {
  const bulk = {
    count: 100_150,
    from: Date.parse('2026-11-20T00:00:00.000Z'),
    to: Date.parse('2026-11-20T09:00:00.000Z'),
  };
  const { query } = simulatedGenesys({}, { bulk });
  const page = (pageNumber: number) => query({ interval: TODAY, paging: { pageSize: 100, pageNumber } });
  const pages = [1, 2, 500, 999, 1_000].map(page);
  t.deepEqual(
    pages.map((answer) => idsOf(answer).length),
    [100, 100, 100, 100, 100],
  );
  t.is(new Set(pages.flatMap(idsOf)).size, 500);
  const { status, json } = page(1_001);
  t.is(status, 400);
  t.is(json.message, 'Pagination may not exceed 100000 results');
});

test('pages shift when conversations come and go between them', (t) => {
  const { world, clock, query } = simulatedGenesys();
  for (const second of ['01', '02', '03', '04'])
    world.add([conversation(`c${second}`, `2026-11-20T08:00:${second}.000Z`)]);
  const page = (pageNumber: number) => idsOf(query({ interval: TODAY, paging: { pageSize: 2, pageNumber } }));
  t.deepEqual(page(1), ['c01', 'c02']);
  world.add([{ ...conversation('c00', '2026-11-20T08:00:00.000Z'), at: clock.now() + 1_000 }]);
  t.deepEqual(page(2), ['c03', 'c04']);
  clock.step(1_000);
  t.deepEqual(page(2), ['c02', 'c03']);
});

test('a clock that goes back shows the world as it was', (t) => {
  const { world, clock, found } = simulatedGenesys();
  world.add([conversation('c1', '2026-11-20T09:00:00.000Z')]);
  t.deepEqual(found({ interval: TODAY }), ['c1']);
  clock.step(-2 * 3_600_000);
  t.deepEqual(found({ interval: TODAY }), []);
});

test('the changes query finds every prompt fact while it happens', (t) => {
  const { world, clock, query } = simulatedGenesys(
    { requestsPerMinute: 1_000_000 },
    {
      callsPerMinute: 60,
      pace: 0.05,
      latecomers: { share: 0, changed: 0 },
      until: Date.parse('2026-11-20T10:05:00.000Z'),
    },
  );
  const seen = new Set<string>();
  const began = clock.now();
  const lookback = '2026-11-18T00:00:00.000Z/2026-11-21T00:00:00.000Z';
  const note = (body: object) => {
    for (let pageNumber = 1; ; pageNumber++) {
      const ids = idsOf(query({ interval: lookback, ...body, paging: { pageSize: 100, pageNumber } }));
      for (const id of ids) seen.add(id);
      if (ids.length === 0) return;
    }
  };
  while (clock.now() < world.finalAt() + 10_000) {
    const window = [clock.now() - 15_000, clock.now()].map((time) => new Date(time).toISOString()).join('/');
    note({ segmentFilters: [{ type: 'and', predicates: [where('segmentEnd', window)] }] });
    const alive = [where('conversationStart', window), where('conversationEnd', undefined, 'notExists')];
    note({ conversationFilters: [{ type: 'and', predicates: alive }] });
    clock.step(10_000);
  }
  const changed = new Set(
    [...world.facts()].filter((fact) => fact.visibleAt >= began).map((fact) => fact.conversationId),
  );
  t.true(changed.size > 250);
  t.deepEqual(
    [...changed].filter((id) => !seen.has(id)),
    [],
  );
});

for (const [what, body] of [
  ['no interval', {}],
  ['an interval of one time', { interval: '2026-11-20T00:00:00Z' }],
  ['an interval without a zone', { interval: '2026-11-20T00:00:00/2026-11-20T01:00:00' }],
  ['an interval that runs backwards', { interval: '2026-11-20T01:00:00Z/2026-11-20T00:00:00Z' }],
  ['a page of 101', { interval: TODAY, paging: { pageSize: 101, pageNumber: 1 } }],
  ['a page of none', { interval: TODAY, paging: { pageSize: 0, pageNumber: 1 } }],
  ['page 0', { interval: TODAY, paging: { pageSize: 100, pageNumber: 0 } }],
  ['paging that is not an object', { interval: TODAY, paging: 7 }],
  ['an unknown order', { interval: TODAY, order: 'upwards' }],
  ['an unknown orderBy', { interval: TODAY, orderBy: 'modified' }],
  [
    'an unknown dimension',
    { interval: TODAY, conversationFilters: [{ type: 'and', predicates: [where('modifiedAt', 'x')] }] },
  ],
  [
    'segmentStart, which is no dimension',
    { interval: TODAY, segmentFilters: [{ type: 'and', predicates: [where('segmentStart', TODAY)] }] },
  ],
  [
    'a segment dimension on conversations',
    { interval: TODAY, conversationFilters: [{ type: 'and', predicates: [where('segmentEnd', TODAY)] }] },
  ],
  [
    'a date that is no interval',
    { interval: TODAY, conversationFilters: [{ type: 'and', predicates: [where('conversationEnd', 'now')] }] },
  ],
  [
    'a predicate without a value',
    { interval: TODAY, segmentFilters: [{ type: 'and', predicates: [where('purpose')] }] },
  ],
  [
    'an unknown operator',
    { interval: TODAY, segmentFilters: [{ type: 'and', predicates: [where('purpose', 'a', 'like')] }] },
  ],
  [
    'a metric predicate',
    { interval: TODAY, segmentFilters: [{ type: 'and', predicates: [{ type: 'metric', metric: 'tAcd' }] }] },
  ],
  ['a filter without a type', { interval: TODAY, segmentFilters: [{ predicates: [where('purpose', 'agent')] }] }],
  ['a filter without predicates', { interval: TODAY, segmentFilters: [{ type: 'and', predicates: [] }] }],
  ['filters that are not a list', { interval: TODAY, segmentFilters: {} }],
  ['a body that is not an object', [1]],
  ['a body that is not JSON', '{"interval":'],
] as const) {
  test(`a query with ${what} is a 400 with a documented code`, (t) => {
    const { status, json } = simulatedGenesys().query(body);
    t.is(status, 400);
    t.true(['bad.request', 'invalid.date', 'invalid.value'].includes(json.code), json.code);
    t.is(json.status, 400);
    t.truthy(json.message);
    t.truthy(json.contextId);
  });
}

test('an interval may have 7 days without a filter and 31 with one', (t) => {
  const { query } = simulatedGenesys();
  const filter = { conversationFilters: [{ type: 'and', predicates: [where('originatingDirection', 'outbound')] }] };
  const week = '2026-11-13T10:00:00.000Z/2026-11-20T10:00:00.000Z';
  const more = '2026-11-13T09:59:59.999Z/2026-11-20T10:00:00.000Z';
  const month = '2026-10-20T10:00:00.000Z/2026-11-20T10:00:00.000Z';
  const tooLong = '2026-10-20T09:59:59.999Z/2026-11-20T10:00:00.000Z';
  t.deepEqual(
    [week, more].map((interval) => query({ interval }).status),
    [200, 400],
  );
  t.deepEqual(
    [more, month, tooLong].map((interval) => query({ interval, ...filter }).status),
    [200, 200, 400],
  );
});

test('the key of a fact is the recipe of the event catalogue', (t) => {
  t.is(
    factKey({
      conversationId: 'c1',
      eventType: 'dispositionSet',
      timestamp: Date.parse('2026-11-20T08:00:00.000Z'),
      participantId: 'p1',
      sessionId: 's1',
      qualifier: 'sale',
    }),
    'c1:dispositionSet:2026-11-20T08:00:00.000Z:p1:s1:sale',
  );
});
