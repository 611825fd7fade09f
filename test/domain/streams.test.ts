import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import {
  allowedCycle,
  allowedReconciliation,
  BACKFILL,
  EVENT_LOG,
  isPolled,
  LIVE_STREAMS,
  POLLED_STREAMS,
  STREAM_NAMES,
  STREAMS,
  streamsAbout,
} from '../../src/domain/streams.ts';

const MINUTE = 60_000;

test('the daemon polls every stream but the backfill', (t) => {
  t.deepEqual(POLLED_STREAMS, ['conversations', 'reconciliation', 'event-log']);
  t.false(isPolled(BACKFILL));
});

test('the live streams are those that the schedule of the poller drives', (t) => {
  t.deepEqual(LIVE_STREAMS, ['conversations', 'event-log']);
});

test('three streams read conversations, and only one reads the log of the dialer', (t) => {
  t.deepEqual(streamsAbout('conversations'), ['conversations', 'reconciliation', 'backfill']);
  t.deepEqual(streamsAbout('dialer log'), ['event-log']);
});

test('a companion shares the facts of the stream that it accompanies, and is polled', (t) => {
  const pairs = STREAM_NAMES.flatMap((name) => {
    const { companion } = STREAMS[name];
    return companion === null ? [] : [[name, companion] as const];
  });
  t.deepEqual(pairs, [['conversations', 'reconciliation']]);
  for (const [name, companion] of pairs) {
    t.is(STREAMS[companion].subject as string, STREAMS[name].subject);
    t.true(isPolled(companion));
  }
});

test('a cycle over the data lake may take hours, a live one minutes', (t) => {
  const budget = { requestsPerMinute: 200, horizon: 72 * 60 * MINUTE };
  const allowed = (name: (typeof STREAM_NAMES)[number]) => STREAMS[name].allowedCycleMs(budget) / MINUTE;
  t.deepEqual(STREAM_NAMES.map(allowed), [20, 1_070, 20, 1_070]);
});

test('the events of the dialer log are not enriched with names', (t) => {
  t.deepEqual(
    STREAM_NAMES.filter((name) => !STREAMS[name].isEnriched),
    [EVENT_LOG],
  );
});

/** What the word is there where it is not the name of a stream. */
const OTHER_MEANINGS: readonly (readonly [file: string, literal: string])[] = [
  // A member of Genesys's answers.
  ['genesys/problem.ts', 'conversations'],
  ['genesys/query-pages.ts', 'conversations'],
  // The group of the dialer's entries that are about no campaign.
  ['domain/event-group.ts', 'event-log'],
  // A word of a sentence.
  ['cli/audit-report.ts', 'reconciliation'],
  // A command of the same name.
  ['cli/program.ts', 'backfill'],
  ['cli/backfill.ts', 'backfill'],
];

test('only the registry and the list of names spell the name of a stream', (t) => {
  const source = fileURLToPath(new URL('../../src', import.meta.url));
  // The sandbox shares no code with the program; the report reads the lines of any version of it.
  const apart = ['sandbox/', 'report/', 'domain/event.ts', 'domain/streams.ts'];
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !apart.some((path) => file.startsWith(path)),
  );
  const spelt = files.flatMap((file) =>
    [...readFileSync(join(source, file), 'utf8').matchAll(/'(conversations|reconciliation|event-log|backfill)'/g)].map(
      ([, literal = '']) => [file, literal] as const,
    ),
  );
  const unexpected = spelt.filter(
    ([file, literal]) => !OTHER_MEANINGS.some(([other, meaning]) => other === file && meaning === literal),
  );
  t.deepEqual(unexpected, []);
});

test('a cycle may take as long as the budget makes two queries of 1,000 pages, and ten minutes of waiting', (t) => {
  t.is(allowedCycle(200), 20 * MINUTE);
  t.is(allowedCycle(1), 2_010 * MINUTE);
});

test('a reconciliation may take an hour more for each six hours of its horizon and a day, and has a tenth of the budget', (t) => {
  t.is(allowedReconciliation(200, 72 * 60 * MINUTE), 110 * MINUTE + 16 * 60 * MINUTE);
  t.is(allowedReconciliation(200, MINUTE), 110 * MINUTE + 5 * 60 * MINUTE);
});
