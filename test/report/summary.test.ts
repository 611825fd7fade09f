import test from 'ava';
import { type BehindSummary, type SummaryInput, summarise } from '../../src/report/summary.ts';
import { spokenDuration } from '../../src/report/words.ts';

const at = (clock: string, day = '2026-11-27') => Date.parse(`${day}T${clock}:00Z`);

function behind(from: string, until: string | undefined, more: Partial<BehindSummary> = {}): BehindSummary {
  const end = until === undefined ? undefined : at(until);
  return { from: at(from), until: end, codes: new Map(), silentMs: 0, throttledMs: 0, ...more };
}

function facts(times: readonly BehindSummary[], more: Partial<SummaryInput> = {}): SummaryInput {
  return {
    from: at('06:00'),
    to: at('18:00'),
    pollers: 1,
    streams: [{ poller: 'default', stream: 'conversations', largestLagMs: 64_000, behind: times }],
    deadLetters: 0,
    gaps: { count: 0, ms: 0 },
    dropped: 0,
    ...more,
  };
}

const failed = (...codes: readonly (readonly [string, number])[]) => ({ codes: new Map(codes) });
const MINUTE = 60_000;

for (const [what, given, ...sentences] of [
  [
    'a quiet day',
    facts([]),
    'Never behind for longer than 1 minute.',
    'The largest lag was 1 minute 4 seconds, of the stream conversations.',
    'Nothing lost, no dead letter.',
  ],
  [
    'a poll that failed once',
    facts([behind('09:12', '09:12', { until: at('09:12') + 30_000, ...failed(['genesys.unreachable', 1]) })]),
    'Never behind for longer than 1 minute.',
    'The largest lag was 1 minute 4 seconds, of the stream conversations.',
    'Nothing lost, no dead letter.',
  ],
  [
    'throttling, by how long it lasted',
    facts([behind('09:12', '09:53', { throttledMs: 30 * MINUTE, ...failed(['genesys.unreachable', 1]) })], {
      deadLetters: 2,
    }),
    'The stream conversations was behind for 41 minutes from 09:12, because Genesys throttled.',
    'It caught up at 09:53.',
    'Nothing lost, 2 dead letters.',
  ],
  [
    'several codes, of which the most frequent counts',
    facts([behind('09:00', '11:05', failed(['genesys.unreachable', 3], ['bus.denied', 90]))], { deadLetters: 1 }),
    'The stream conversations was behind for 2 hours 5 minutes from 09:00, because AWS denied access to the bus.',
    'It caught up at 11:05.',
    'Nothing lost, 1 dead letter.',
  ],
  [
    'a code that has no words of its own',
    facts([behind('09:00', '09:30', failed(['something.new', 3]))]),
    'The stream conversations was behind for 30 minutes from 09:00, because cycles failed with something.new.',
    'It caught up at 09:30.',
    'Nothing lost, no dead letter.',
  ],
  [
    'no failure',
    facts([behind('06:00', '06:04')]),
    'The stream conversations was behind for 4 minutes from 06:00, because there was a backlog to read.',
    'It caught up at 06:04.',
    'Nothing lost, no dead letter.',
  ],
  [
    'no poller',
    facts([behind('10:00', '11:30', { silentMs: 80 * MINUTE })]),
    'The stream conversations was behind for 1 hour 30 minutes from 10:00, because no poller was running.',
    'It caught up at 11:30.',
    'Nothing lost, no dead letter.',
  ],
  [
    'a log that ends too early',
    facts([behind('17:20', undefined, failed(['table.missing', 9]))]),
    'The stream conversations was behind for 40 minutes from 17:20, because a table is missing.',
    'It had not caught up when the log ends at 18:00.',
    'Nothing lost, no dead letter.',
  ],
  [
    'a second time, and what is too short to be mentioned',
    facts([behind('09:12', '09:53'), behind('12:00', '12:05'), behind('13:00', '13:00')]),
    'The stream conversations was behind for 41 minutes from 09:12, because there was a backlog to read.',
    'It caught up at 09:53; another time behind lasted 5 minutes.',
    'Nothing lost, no dead letter.',
  ],
  [
    'several times',
    facts([behind('09:12', '09:53'), behind('12:00', '12:05'), behind('13:00', '13:10')]),
    'The stream conversations was behind for 41 minutes from 09:12, because there was a backlog to read.',
    'It caught up at 09:53; 2 other times behind lasted 15 minutes in all.',
    'Nothing lost, no dead letter.',
  ],
  [
    'several days, gaps, and lines that are missing',
    facts([behind('09:12', '09:53')], {
      from: at('06:00', '2026-11-26'),
      gaps: { count: 2, ms: 65 * MINUTE },
      deadLetters: 3,
      dropped: 12,
    }),
    'The stream conversations was behind for 41 minutes from 27 Nov 09:12, because there was a backlog to read.',
    'It caught up at 27 Nov 09:53.',
    '2 periods of 1 hour 5 minutes not published, 3 dead letters; 12 lines are missing in the log, so that there may be more.',
  ],
  [
    'the first seconds of a poller that was never run before',
    facts([behind('06:00', '06:00', { until: at('06:00') + 3_000 })], { to: at('06:00') + 36_000 }),
    'The stream conversations was behind for 3 seconds from 06:00, because there was a backlog to read.',
    'It caught up at 06:00.',
    'Nothing lost, no dead letter.',
  ],
  [
    'a log without a live stream',
    facts([], { streams: [], gaps: { count: 1, ms: 60 * MINUTE } }),
    'Never behind for longer than 1 minute.',
    'The log shows no cycle of a live stream.',
    'A period of 1 hour not published, no dead letter.',
  ],
] as const) {
  test(`three sentences say it: ${what}`, (t) => {
    t.deepEqual([...summarise(given)], sentences);
  });
}

test('of several pollers and streams the longest is given by name, and what happened meanwhile is not given twice', (t) => {
  const stream = (poller: string, name: string, times: readonly BehindSummary[]) => ({
    poller,
    stream: name,
    largestLagMs: 0,
    behind: times,
  });
  const streams = [
    stream('eu', 'conversations', [behind('09:10', '09:53')]),
    stream('eu', 'event-log', [behind('09:12', '09:50')]),
    stream('us', 'conversations', [behind('15:00', '15:05')]),
  ];
  const [first, second] = summarise(facts([], { pollers: 2, streams }));
  t.is(
    first,
    'The stream conversations of eu was behind for 43 minutes from 09:10, because there was a backlog to read.',
  );
  t.is(second, 'It caught up at 09:53; another time behind lasted 5 minutes.');
});

for (const [ms, words] of [
  [0, '0 seconds'],
  [999, '1 second'],
  [61_000, '1 minute 1 second'],
  [599_000, '9 minutes 59 seconds'],
  [629_999, '10 minutes'],
  [3_600_000, '1 hour'],
  [90_061_000, '1 day 1 hour'],
] as const) {
  test(`${ms} ms are ${words}`, (t) => {
    t.is(spokenDuration(ms), words);
  });
}
