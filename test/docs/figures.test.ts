import { readFileSync } from 'node:fs';
import test from 'ava';
import { SCHEMA } from '../../src/config/schema.ts';
import { STREAM_NAMES } from '../../src/domain/streams.ts';
import { PAGES_AHEAD, PART_SIZE } from '../../src/genesys/conversation-query.ts';
import { LARGEST_ANSWER } from '../../src/genesys/transport.ts';
import { WRITE_BATCH } from '../../src/ports/dedup-store.ts';
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

test('how far is read ahead', (t) => {
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

test('how large an answer may be', (t) => {
  t.true(guarantees.includes(`an answer above ${LARGEST_ANSWER / 1024 / 1024} MB`));
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
