import test from 'ava';
import { CHANGES, INTERVAL } from '../../src/genesys/query-bodies.ts';

const DAY = 86_400_000;
const window = {
  start: Date.parse('2026-11-20T00:02:00.000Z'),
  end: Date.parse('2026-11-20T00:08:30.500Z'),
};
const SPAN = '2026-11-20T00:02:00.000Z/2026-11-20T00:08:30.500Z';
const paging = { pageSize: 100, pageNumber: 3 };
const common = { order: 'asc', orderBy: 'conversationStart', paging };
const outbound = { type: 'dimension', dimension: 'originatingDirection', operator: 'matches', value: 'outbound' };

function bodies(queries: typeof CHANGES, scope: 'outbound' | 'campaign' | 'all'): unknown[] {
  return queries.map((query) => query({ window, scope, lookback: 2 * DAY }, 3));
}

test('changes are what ended in the window, looking back, and what began in it and is alive', (t) => {
  t.deepEqual(bodies(CHANGES, 'outbound'), [
    {
      ...common,
      interval: '2026-11-18T00:02:00.000Z/2026-11-20T00:08:30.500Z',
      conversationFilters: [{ type: 'and', predicates: [outbound] }],
      segmentFilters: [
        {
          type: 'and',
          predicates: [{ type: 'dimension', dimension: 'segmentEnd', operator: 'matches', value: SPAN }],
        },
      ],
    },
    {
      ...common,
      interval: SPAN,
      conversationFilters: [
        {
          type: 'and',
          predicates: [
            outbound,
            { type: 'dimension', dimension: 'conversationStart', operator: 'matches', value: SPAN },
            { type: 'dimension', dimension: 'conversationEnd', operator: 'notExists' },
          ],
        },
      ],
    },
  ]);
});

test('the interval query asks for the window and nothing more', (t) => {
  t.deepEqual(bodies(INTERVAL, 'all'), [{ ...common, interval: SPAN }]);
  t.deepEqual(bodies(INTERVAL, 'outbound'), [
    { ...common, interval: SPAN, conversationFilters: [{ type: 'and', predicates: [outbound] }] },
  ]);
});

test('the scopes campaign and all ask for no direction', (t) => {
  t.deepEqual(bodies(CHANGES, 'campaign'), bodies(CHANGES, 'all'));
  t.false(JSON.stringify(bodies(CHANGES, 'all')).includes('originatingDirection'));
  t.deepEqual(bodies(INTERVAL, 'campaign'), bodies(INTERVAL, 'all'));
});
