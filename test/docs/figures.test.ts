import { readFileSync } from 'node:fs';
import test from 'ava';
import { PER_LOG_GB, PER_READ_UNIT, PER_WRITE_UNIT } from '../../bench/prices.ts';
import { parseDuration } from '../../src/config/duration.ts';
import { SCHEMA } from '../../src/config/schema.ts';
import { RETRIES } from '../../src/domain/retry-policy.ts';
import { STREAM_NAMES } from '../../src/domain/streams.ts';
import { PAGES_AHEAD, PART_SIZE } from '../../src/genesys/conversation-query.ts';
import { MAX_ANSWER_BYTES } from '../../src/genesys/transport.ts';
import { WRITE_BATCH } from '../../src/ports/dedup-store.ts';
import { ticksPerMinute } from '../../src/schedule/cron-calendar.ts';
import { WINDOWS_AHEAD } from '../../src/streams/conversations.ts';

/** A page as one line, so that a figure and its words may be on two. */
const read = (page: string) =>
  readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8').replace(/\s+/g, ' ');
const guarantees = read('guarantees.md');
const performance = read('performance.md');
const figure = (value: number) => value.toLocaleString('en-US');

const CONCURRENCY = SCHEMA.eventBridge.concurrency.default;
/** All but the backfill, which is a process of its own. */
const STREAMS = STREAM_NAMES.filter((name) => name !== 'backfill').length;
/** Entries of a PutEvents call, by AWS's API reference of each kind of bus. */
const ENTRIES = { classic: 10, v2: 100 };

test('how much is prefetched', (t) => {
  t.true(guarantees.includes(`up to ${WINDOWS_AHEAD} windows ahead`));
  t.true(guarantees.includes(`At most ${PAGES_AHEAD} pages`));
  t.true(guarantees.includes(`${figure(2 * PART_SIZE)} conversations or more`));
});

test('how many events a crash can repeat', (t) => {
  const waiting = STREAMS * (WRITE_BATCH - 1);
  const largest = (entries: number) => CONCURRENCY * Math.max(entries, WRITE_BATCH) + waiting;
  t.true(
    guarantees.includes(`the default of ${CONCURRENCY} that is at most ${figure(largest(ENTRIES.classic))} events`),
  );
  t.true(guarantees.includes(`the figure is ${figure(largest(ENTRIES.v2))}`));
});

test('how often is tried', (t) => {
  t.deepEqual([RETRIES.publish.attempts, RETRIES.genesysRequest.attempts, RETRIES.tableCall.attempts], [8, 5, 3]);
  t.true(guarantees.includes('sends those entries again, eight times'));
  t.true(guarantees.includes('five attempts with back-off'));
  t.true(guarantees.includes('three attempts a call, unprocessed items ten times'));
  t.is(RETRIES.dedupIds.attempts, 10);
  t.true(read('troubleshooting.md').includes('throttled these entries eight times in a row'));
});

test('how large an answer may be', (t) => {
  t.true(guarantees.includes(`an answer above ${MAX_ANSWER_BYTES / 1024 / 1024} MB`));
});

test('how fast publishing is by default, by the formula on the page', (t) => {
  const perSecond = (CONCURRENCY * ENTRIES.classic) / (0.02 + 0.4 * 0.01);
  t.true(performance.includes(`the default of ${CONCURRENCY} gives ${figure(Math.round(perSecond))} events a second`));
});

test('sums of what it costs are those of their parts', (t) => {
  const money = (text: string) => [...performance.matchAll(new RegExp(text, 'g'))].map(([, amount]) => Number(amount));
  const perMillion = money(String.raw`\| [\d,]+ (?:events|read units|write units) \| ([\d.]+) \|`).slice(0, 3);
  t.is(
    perMillion.reduce((sum, one) => sum + one, 0),
    1.75,
  );
  const [leases = 0] = money(String.raw`leases renewed[^|]*\|[^|]*\|[^|]*\| ([\d.]+)`);
  const [lines = 0] = money(String.raw`log lines of idle polls[^|]*\|[^|]*\|[^|]*\| ([\d.]+)`);
  const [poller = 0] = money(String.raw`\*\*one poller\*\* \| \| \| \*\*([\d.]+)\*\*`);
  t.is(Math.round(100 * (leases + lines)) / 100, poller);
});

test('what reading the horizon again costs is calculated from the defaults', (t) => {
  const { horizon, horizonEvery } = SCHEMA.streams.reconciliation;
  // With the reading that finds an event, and the one as it leaves the horizon.
  const units = (every: string) => 2 + parseDuration(horizon.default) / parseDuration(every);
  const dollars = (every: string) => (units(every) * PER_READ_UNIT * 1e6).toFixed(2);
  t.true(
    performance.includes(`${units(horizonEvery.default)} read units, $${dollars(horizonEvery.default)} per million`),
  );
  t.true(performance.includes(`\`horizonEvery: 1d\` needs ${units('1d')} read units, $${dollars('1d')}`));
});

test('what an idle poller costs a month is calculated from the defaults', (t) => {
  const month = 30 * 86_400;
  // A lease is renewed every third of its duration.
  const renewals = (STREAMS * month) / (parseDuration(SCHEMA.lease.duration.default) / 3 / 1_000);
  // Reconciliation has its own schedule, and its few lines do not count.
  const lines = ((STREAMS - 1) * month * ticksPerMinute(SCHEMA.poller.schedule.default)) / 60;
  const kilobytes = Number(/log lines of idle polls, ([\d.]+) KB/.exec(performance)?.[1]);
  const dollars = (amount: number) => amount.toFixed(2);
  t.true(performance.includes(`| ${figure(renewals)} | ${dollars(renewals * PER_WRITE_UNIT)} |`));
  const charge = dollars((lines * kilobytes * PER_LOG_GB) / 1e6);
  t.true(performance.includes(`${figure(lines)} lines, ${dollars((lines * kilobytes) / 1e6)} GB | ${charge} |`));
});
