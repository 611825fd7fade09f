import test from 'ava';
import { ALWAYS, Digest } from '../../src/report/digest.ts';
import type { PageData, SeriesData } from '../../src/report/page-data.ts';
import { pageModel } from '../../src/report/page-model.ts';
import { unwrap } from '../../src/report/unwrap.ts';
import { cycle, type HostLine, journald, line, workingDay } from './support/sample-log.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const at = (clock: string) => Date.parse(`2026-11-27T${clock}Z`);

function read(lines: readonly (string | HostLine)[], period = ALWAYS): PageData {
  const digest = new Digest(period, NOW);
  for (const one of lines) {
    const found = unwrap(typeof one === 'string' ? one : journald(one));
    if (found.kind === 'lines') for (const entry of found.lines) digest.take(entry, '');
  }
  return pageModel(digest, { at: NOW, version: '0.1.0' });
}

const total = (series: readonly SeriesData[], name: keyof SeriesData['sums'], stream?: string) =>
  series
    .filter((one) => stream === undefined || one.stream === stream)
    .flatMap(({ sums }) => sums[name] ?? [])
    .reduce((sum, value) => sum + value, 0);

test('a working day: figures are those of the lines, marks, leases and the summary tell what happened', (t) => {
  const day = workingDay();
  const data = read(day);
  const lines = day.map(({ text }) => JSON.parse(text) as Record<string, number | string>);
  for (const name of ['published', 'duplicates', 'deadLettered', 'genesysRequests', 'missed'] as const) {
    t.is(
      total(data.series, name),
      lines.reduce((sum, one) => sum + Number(one[name] ?? 0), 0),
      name,
    );
  }
  t.deepEqual(data.summary, [
    'The stream conversations was behind for 41 minutes from 09:12, because Genesys throttled.',
    'It caught up at 09:53.',
    'Nothing lost, 2 dead letters.',
  ]);
  t.deepEqual(data.hosts, ['poller-a', 'poller-b']);
  t.deepEqual(
    data.marks.items.map(({ kind, host }) => `${kind} ${host}`),
    ['start poller-a', 'start poller-b', 'reload poller-b', 'stop poller-b'],
  );
  const held = data.leases.filter(({ stream }) => stream === 'conversations');
  t.deepEqual(
    held.map(({ host, fence, time, until }) => [host, fence, time, until]),
    [
      ['poller-a', 7, at('06:00:01.000'), at('13:20:00.000')],
      ['poller-b', 8, at('13:20:34.000'), at('18:00:00.000')],
    ],
  );
  t.deepEqual(
    data.deadLetters.map(({ name, count }) => [name, count]),
    [['no conversationId', 2]],
  );
  t.is(data.failures[0]?.name, 'genesys.throttled');
  t.regex(data.failures[0]?.text ?? '', /Lower genesys.requestsPerMinute/);
});

test('the order of the files makes no difference to figures, gaps and times behind', (t) => {
  const day = workingDay();
  const [morning, evening] = [day.slice(0, 900), day.slice(900)];
  const { summary, series, failures } = read([...evening, ...morning]);
  const expected = read(day);
  t.deepEqual(
    { summary, series, failures },
    { summary: expected.summary, series: expected.series, failures: expected.failures },
  );
});

test('the repeats of a failure count, and the line has what those cycles did', (t) => {
  const { series, failures } = read([
    cycle(at('09:00:00'), 'conversations', { published: 70, repeats: 30, code: 'bus.denied' }, 'cycle.failed'),
  ]);
  t.is(total(series, 'published'), 70);
  t.is(total(series, 'failed'), 31);
  t.is(failures[0]?.count, 31);
});

test('what was kept back until the stream worked again is counted once, with metrics in the lines or without', (t) => {
  for (const metrics of [{}, { _aws: {}, completedCycles: 0, failedCycles: 4 }]) {
    const { series } = read([
      cycle(at('09:00:00'), 'conversations', { published: 1, code: 'bus.denied' }, 'cycle.failed'),
      line(at('09:01:00'), 'cycle.recovered', {
        ...{ stream: 'conversations', failures: 5, repeats: 4, published: 7, deadLettered: 2, ...metrics },
      }),
      cycle(at('09:01:00'), 'conversations', { published: 3 }),
    ]);
    t.is(total(series, 'published'), 1 + 7 + 3);
    t.is(total(series, 'deadLettered'), 2);
    t.is(total(series, 'failed'), 5);
    t.is(total(series, 'completed'), 1);
  }
});

test('a pause without any cycle is a time behind in which no poller was active', (t) => {
  const polls = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => cycle(from + n * 30_000, 'conversations'));
  const { summary } = read([...polls(at('08:00:00'), 60), ...polls(at('10:30:00'), 60)]);
  t.is(
    summary[0],
    'The stream conversations was behind for 2 hours 1 minute from 08:29, because no poller was running.',
  );
});

test('the figures of the budget are taken where a cycle has them', (t) => {
  const { series } = read([
    cycle(at('09:00:00'), 'conversations', { budgetShare: 0.4, throttledMs: 1_500 }),
    cycle(at('09:00:00'), 'conversations', { budgetShare: 0.9, throttledMs: 2_500 }),
  ]);
  t.deepEqual(series[0]?.peaks.budgetShare, [0.9]);
  t.is(total(series, 'throttledMs'), 4_000);
});

test('a wait lasts over the buckets that it covers, and no longer than the log', (t) => {
  const { series, width, buckets } = read([
    line(at('09:00:00.500'), 'genesys.throttled', { level: 'warn', code: 'genesys.throttled', waitMs: 2_000 }),
    cycle(at('09:00:02'), 'conversations'),
  ]);
  t.is(width, 1_000);
  t.is(buckets, 3);
  t.deepEqual(series.find(({ stream }) => stream === '')?.sums.waitMs, [500, 1_000, 500]);
});

test('only the period asked for is shown, and the rest is counted', (t) => {
  const lines = ['08:00:00', '09:00:00', '10:00:00'].map((clock) =>
    cycle(at(clock), 'conversations', { published: 5 }),
  );
  const data = read(lines, { since: at('09:00:00'), until: at('10:00:00') });
  t.is(total(data.series, 'published'), 5);
  t.is(data.lines.outside, 2);
  t.is(data.from, at('09:00:00'));
});

test('times that cannot be are broken lines, and do not stretch the page', (t) => {
  const data = read([
    cycle(at('09:00:00'), 'conversations'),
    cycle(Date.parse('1970-01-01T00:00:00Z'), 'conversations'),
    cycle(Date.parse('9999-12-31T23:59:59Z'), 'conversations'),
  ]);
  t.is(data.lines.broken, 2);
  t.is(data.buckets, 1);
});

test('figures that cannot be are no figures', (t) => {
  const { series } = read([
    cycle(at('09:00:00'), 'conversations', { published: -1, duplicates: 1e300, derived: 'many', lagSeconds: '7' }),
  ]);
  t.deepEqual([total(series, 'published'), total(series, 'duplicates'), total(series, 'derived')], [0, 0, 0]);
  t.is(series[0]?.peaks.lagSeconds, undefined);
});

test('however many pollers, hosts, codes and reasons there are, the page stays small', (t) => {
  const lines = Array.from({ length: 5_000 }, (_, n) => [
    cycle(
      at('09:00:00') + n,
      `stream-${n}`,
      { poller: `poller-${n}`, host: `host-${n}`, published: 1, code: `code-${n}` },
      'cycle.failed',
    ),
    line(at('09:00:00') + n, 'lease.acquired', { poller: `poller-${n}`, host: `host-${n}`, stream: 's', fence: n }),
    line(at('09:00:00') + n, 'daemon.started', { poller: `poller-${n}` }),
    line(at('09:00:00') + n, 'event.deadLettered', { level: 'warn', reason: `${'x'.repeat(n % 600)}` }),
    line(at('09:00:00') + n, 'gap.detected', {
      level: 'warn',
      stream: 's',
      gapStart: '2026-11-27T00:00:00Z',
      gapEnd: '2026-11-27T01:00:00Z',
    }),
  ]).flat();
  const data = read(lines);
  t.is(total(data.series, 'published'), 5_000);
  t.is(data.marks.count, 10_000);
  t.is(data.gaps.count, 5_000);
  t.true(JSON.stringify(data).length < 1_000_000, `${JSON.stringify(data).length} characters`);
});

test('gaps have both ends, their poller and their stream', (t) => {
  const { gaps } = read([
    line(at('09:00:00'), 'gap.detected', {
      level: 'warn',
      stream: 'event-log',
      gapStart: '2026-11-26T00:00:00.000Z',
      gapEnd: '2026-11-26T02:00:00.000Z',
      msg: 'Not read',
    }),
  ]);
  t.like(gaps.items[0], {
    poller: 'default',
    stream: 'event-log',
    to: Date.parse('2026-11-26T02:00:00Z'),
    text: 'Not read',
  });
});

test('every gap counts in the summary and for its poller, those included that are older than the list', (t) => {
  const gap = (n: number, poller: string) =>
    line(at('09:00:00') + n, 'gap.detected', {
      level: 'warn',
      poller,
      stream: 'event-log',
      gapStart: '2026-11-26T00:00:00.000Z',
      gapEnd: '2026-11-26T00:02:00.000Z',
    });
  const { summary, gaps } = read([
    ...Array.from({ length: 150 }, (_, n) => gap(n, 'eu')),
    ...Array.from({ length: 100 }, (_, n) => gap(1_000 + n, 'us')),
  ]);
  t.is(summary[2], '250 periods of 8 hours 20 minutes not published, no dead letter.');
  t.is(gaps.items.length, 100);
  t.deepEqual(gaps.totals, [
    { poller: 'eu', count: 150, ms: 18_000_000 },
    { poller: 'us', count: 100, ms: 12_000_000 },
  ]);
});

test('a configuration that was rejected is a failure, and a line in the list', (t) => {
  const { failures, configuration } = read([
    line(at('09:00:00'), 'config.rejected', { level: 'error', problems: ['poller.retries is not a known key'] }),
  ]);
  t.is(failures[0]?.name, 'config.invalid');
  t.regex(configuration.items[0]?.text ?? '', /poller.retries/);
});

test('lines that the log says are missing are reported', (t) => {
  const { lines } = read([line(at('09:00:00'), 'log.dropped', { level: 'error', lines: 12 })]);
  t.is(lines.dropped, 12);
});
