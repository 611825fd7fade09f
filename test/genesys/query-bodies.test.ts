import test from 'ava';
import { CHANGES, INTERVAL, type QueryParams } from '../../src/genesys/query-bodies.ts';

const DAY = 86_400_000;
const window = {
  start: Date.parse('2026-11-20T00:02:00.000Z'),
  end: Date.parse('2026-11-20T00:08:30.500Z'),
};
const SPAN = '2026-11-20T00:02:00.000Z/2026-11-20T00:08:30.500Z';
const FIRST = { offset: 0, size: 100 } as const;
const paging = { pageSize: 100, pageNumber: 3 };
const common = { order: 'asc', orderBy: 'conversationStart', paging };
const outbound = { type: 'dimension', dimension: 'originatingDirection', operator: 'matches', value: 'outbound' };

function bodies(queries: typeof CHANGES, scope: 'outbound' | 'campaign' | 'all'): unknown[] {
  return queries.map(({ body }) => body({ window, scope, lookback: 2 * DAY }, { offset: 200, size: 100 }));
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

const SECOND = 1_000;
const params = { window, scope: 'all', lookback: 2 * DAY } as const;

/** Spans as `20T00:02:00.000–20T00:04:10.167`. */
function spansOf(queries: readonly { readonly starts?: { readonly start: number; readonly end: number } }[]) {
  const text = (time = Number.NaN) => new Date(time).toISOString().slice(8, 23);
  return queries.map(({ starts }) => `${text(starts?.start)}–${text(starts?.end)}`);
}

test('what ended in a window is divided by when it started: before the window, and within it', (t) => {
  const parts = CHANGES[0]?.partition(params, 4) ?? [];
  t.deepEqual(spansOf(parts), [
    // All of the first day that is asked about, since Genesys selects by days.
    '17T00:02:00.000–20T00:02:01.000',
    '20T00:02:00.000–20T00:04:11.500',
    '20T00:04:10.500–20T00:06:22.000',
    '20T00:06:21.000–20T00:08:31.500',
  ]);
  const [, second] = parts;
  const body = second && CHANGES[0]?.body(second, FIRST);
  t.like(body, { interval: '2026-11-18T00:02:00.000Z/2026-11-20T00:08:30.500Z' });
  t.true(JSON.stringify(body).includes('"value":"2026-11-20T00:02:00.000Z/2026-11-20T00:04:11.500Z"'));
  t.true(JSON.stringify(body).includes(`"dimension":"segmentEnd","operator":"matches","value":"${SPAN}"`));
});

test('what began in a window is divided by when it did', (t) => {
  const parts = CHANGES[1]?.partition(params, 2) ?? [];
  t.deepEqual(spansOf(parts), ['20T00:02:00.000–20T00:05:16.250', '20T00:05:15.250–20T00:08:30.500']);
  const [first] = parts;
  const body = JSON.stringify(first && CHANGES[1]?.body(first, FIRST));
  t.true(body.includes('"interval":"2026-11-20T00:02:00.000Z/2026-11-20T00:08:30.500Z"'));
  t.true(body.includes('"value":"2026-11-20T00:02:00.000Z/2026-11-20T00:05:16.250Z"'));
});

test('parts cover the whole, neighbours share a second, and each can be divided again until it is too short', (t) => {
  for (const query of CHANGES) {
    let parts = query.partition(params, 8);
    let rounds = 0;
    while (parts.length > 0) {
      for (const [index, { starts }] of parts.entries()) {
        const next = parts[index + 1]?.starts;
        if (starts && next) t.true(next.start === starts.end - SECOND || next.start > starts.start, `${index}`);
        if (starts && next) t.true(next.start < starts.end);
      }
      const [last] = parts.slice(-1);
      parts = last ? query.partition(last, 8) : [];
      t.true(++rounds < 10);
    }
    t.true(rounds > 1);
  }
});

test('what ended in a window too short to be divided is still divided into what began in it and before', (t) => {
  const short = { ...params, window: { start: window.start, end: window.start + SECOND } };
  t.deepEqual(spansOf(CHANGES[0]?.partition(short, 2) ?? []), [
    '17T00:02:00.000–20T00:02:01.000',
    '20T00:02:00.000–20T00:02:02.000',
  ]);
  t.deepEqual(CHANGES[1]?.partition(short, 2), []);
});

test('the interval query is divided into the halves of its window', (t) => {
  t.deepEqual(
    INTERVAL[0]?.partition(params, 8).map((half) => half.window),
    [
      { start: window.start, end: window.start + 195_250 },
      { start: window.start + 195_250, end: window.end },
    ],
  );
});

test('lighter queries cover the window with pieces of it, look back as far, and become ever shorter', (t) => {
  for (const query of [...CHANGES, ...INTERVAL]) {
    let parts = query.lighter(params, 4);
    let rounds = 0;
    let earliest = params.window.start - params.lookback;
    for (let whole: QueryParams = params; parts.length > 0; ) {
      const windows = parts.map((part) => part.window);
      t.is(windows[0]?.start, whole.window.start);
      t.is(windows.at(-1)?.end, whole.window.end);
      for (const [index, { start }] of windows.slice(1).entries()) t.true(start <= (windows[index]?.end ?? 0));
      if (query === CHANGES[0]) for (const part of parts) t.is(part.window.start - part.lookback, earliest);
      const last = parts.at(-1);
      if (!last || last.window.end - last.window.start >= whole.window.end - whole.window.start) break;
      whole = { ...params, ...last };
      earliest = whole.window.start - whole.lookback;
      parts = query.lighter(whole, 4);
      t.true(++rounds < 10);
    }
    t.true(rounds > 2);
  }
});
