import test from 'ava';
import { ticksPerMinute } from '../../src/schedule/cron-calendar.ts';

for (const [expression, ticks] of [
  ['* * * * * *', 60],
  ['*/2 * * * * *', 30],
  ['*/30 * * * * *', 2],
  ['0 * * * * *', 1],
  ['0 */5 * * * *', 1 / 5],
  ['0 15 * * * *', 1 / 60],
] as const) {
  test(`${expression} ticks ${ticks} times a minute`, (t) => {
    t.is(ticksPerMinute(expression), ticks);
  });
}

test('a schedule that comes in bursts counts as its bursts', (t) => {
  t.true(ticksPerMinute('0-9 0 * * * *') >= 2);
});
