import test from 'ava';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../src/config/duration.ts';

test('a duration is a whole number and a unit', (t) => {
  t.is(parseDuration('500ms'), 500);
  t.is(parseDuration('30s'), 30_000);
  t.is(parseDuration('5m'), 300_000);
  t.is(parseDuration('2h'), 7_200_000);
  t.is(parseDuration('7d'), 604_800_000);
  t.is(parseDuration('0s'), 0);
  t.is(parseDuration('3650d'), 315_360_000_000);
});

const REFUSED = [
  '',
  '90',
  90,
  '1.5h',
  '-5m',
  '+5m',
  '5 m',
  ' 5m',
  '5m\n',
  '5M',
  '1h30m',
  'ms',
  '5w',
  '٥m',
  'Infinityd',
  '1e3s',
  null,
  undefined,
  true,
  ['5m'],
  {},
];
for (const value of REFUSED) {
  test(`${JSON.stringify(value)} is not a duration, and the message shows what is one`, (t) => {
    const error = t.throws(() => parseDuration(value));
    t.is(error.message, 'must be a whole number with a unit, such as 500ms, 30s, 5m, 2h or 7d');
  });
}

test('more than ten years is refused rather than calculated with', (t) => {
  t.is(t.throws(() => parseDuration('3651d')).message, 'must be at most 3650d');
  t.is(t.throws(() => parseDuration(`${'9'.repeat(400)}ms`)).message, 'must be at most 3650d');
});

test('a duration is written in the largest unit that divides it', (t) => {
  t.is(formatDuration(0), '0s');
  t.is(formatDuration(1_500), '1500ms');
  t.is(formatDuration(90_000), '90s');
  t.is(formatDuration(86_400_000), '1d');
  t.is(formatDuration(90_000_000), '25h');
});

test('whatever is written is read back the same', (t) => {
  fc.assert(fc.property(fc.nat({ max: 315_360_000_000 }), (ms) => parseDuration(formatDuration(ms)) === ms));
  t.pass();
});
