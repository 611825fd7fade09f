import test from 'ava';
import fc from 'fast-check';
import { absorbPace, createPace, notePace, timesBehind } from '../../src/report/pace.ts';

const MINUTE = 60_000;

/**
 * Cycles every minute: `.` left the stream caught up, `x` failed, `-` left more to read, a blank is not a
 * cycle.
 */
function cycles(text: string): readonly (readonly [time: number, isCaughtUp: boolean, failed: boolean])[] {
  return [...text].flatMap((letter, n) =>
    letter === ' ' ? [] : [[n * MINUTE, letter === '.', letter === 'x'] as const],
  );
}

/** The times behind, in minutes, with buckets of so many minutes. */
function behind(text: string, width = 1) {
  const paces = new Map<number, ReturnType<typeof createPace>>();
  for (const [time, isCaughtUp, failed] of cycles(text)) {
    const bucket = Math.floor(time / (width * MINUTE));
    const pace = paces.get(bucket) ?? createPace();
    paces.set(bucket, pace);
    notePace(pace, time, isCaughtUp, failed ? ['code', 1] : undefined);
  }
  return timesBehind([...paces.values()], width * MINUTE).map(({ from, until, codes, silentMs }) => [
    from / MINUTE,
    until === undefined ? undefined : until / MINUTE,
    codes.get('code') ?? 0,
    silentMs / MINUTE,
  ]);
}

for (const [what, text, expected] of [
  ['caught up throughout', '......', []],
  ['one failure', '..x...', [[2, 3, 1, 0]]],
  ['failures and a backlog', '..xxx--..', [[2, 7, 3, 0]]],
  [
    'twice',
    '.x..--.',
    [
      [1, 2, 1, 0],
      [4, 6, 0, 0],
    ],
  ],
  ['to the end', '...xx', [[3, undefined, 2, 0]]],
  ['from the beginning', '---..', [[0, 3, 0, 0]]],
  ['no poller for a while', '.....            ...', [[4, 17, 0, 13]]],
  ['no poller, and then a backlog', '.....            --.', [[4, 19, 0, 13]]],
  ['a pause that is too short to be one', '.....    ...', []],
] as const) {
  test(`times behind: ${what}`, (t) => {
    t.deepEqual(behind(text), expected as never);
  });
}

test('a coarser bucket tells the same time behind, as long as it is one', (t) => {
  for (const width of [1, 2, 3, 5, 20]) t.deepEqual(behind('...xxx--.....', width), [[3, 8, 3, 0]], `${width}`);
});

test('a stream that is behind twice in a bucket was behind once, from the first to the last', (t) => {
  t.deepEqual(behind('.x..--.', 20), [[1, 6, 1, 0]]);
});

test('buckets that absorb each other are the bucket of all their cycles', (t) => {
  const cycle = fc.tuple(fc.boolean(), fc.boolean());
  const run = () =>
    fc.assert(
      fc.property(fc.array(cycle, { minLength: 1, maxLength: 12 }), fc.nat(11), (all, cut) => {
        const whole = createPace();
        const [earlier, later] = [createPace(), createPace()];
        for (const [n, [isCaughtUp, failed]] of all.entries()) {
          const failure = failed && !isCaughtUp ? (['code', 1] as const) : undefined;
          for (const pace of [whole, n < cut ? earlier : later]) notePace(pace, n, isCaughtUp, failure);
        }
        absorbPace(earlier, later);
        return JSON.stringify(sorted(earlier)) === JSON.stringify(sorted(whole));
      }),
    );
  t.notThrows(run);
});

function sorted({ codes, ...times }: ReturnType<typeof createPace>) {
  return [...Object.entries(times).sort(), [...codes]];
}
