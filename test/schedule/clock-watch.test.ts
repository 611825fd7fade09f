import test from 'ava';
import type { Clock } from '../../src/ports/clock.ts';
import { watchClock } from '../../src/schedule/clock-watch.ts';
import { readClocks } from '../../src/schedule/read-clocks.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';

function watching() {
  const clock = new ManualClock('2026-11-20T10:00:00.000Z', { autoAdvance: false });
  const log = recordedLog();
  const stop = new AbortController();
  const steps: number[] = [];
  const over = watchClock({ clock, log, signal: stop.signal, onStep: () => void steps.push(clock.now()) });
  return { clock, log, steps, stop: () => stop.abort(new Error('stopped')), over };
}

test('each step of the wall clock is one line with its size, and what goes by wall time hears of it', async (t) => {
  const { clock, log, steps, stop, over } = watching();
  await clock.advance(10_000);
  clock.step(-3_600_000);
  await clock.advance(10_000);
  clock.step(600_500);
  await clock.advance(10_000);
  t.deepEqual(
    log.lines.map(({ event, level, stepSeconds }) => [event, level, stepSeconds]),
    [
      ['clock.stepped', 'warn', -3_600],
      ['clock.stepped', 'warn', 600.5],
    ],
  );
  t.is(steps.length, 2);
  stop();
  await over;
});

test('time that passes for both clocks is no step, even if the process is stopped for an hour', async (t) => {
  const { clock, log, stop, over } = watching();
  clock.pause(3_600_000);
  await clock.advance(60_000);
  clock.step(400);
  await clock.advance(1_000);
  t.deepEqual(log.lines, []);
  stop();
  await over;
});

test('a step while the poller stops is not reported', async (t) => {
  const { clock, log, stop, over } = watching();
  await clock.advance(500);
  clock.step(3_600_000);
  stop();
  await over;
  t.deepEqual(log.lines, []);
});

test('a process that is held up between the two clocks reads them again', (t) => {
  const times = [0, 70_000, 70_000, 70_001];
  let reads = 0;
  const clock: Pick<Clock, 'now' | 'monotonic'> = {
    monotonic: () => times[reads++] ?? 0,
    now: () => Date.parse('2026-11-20T10:00:00.000Z') + (times[reads - 1] ?? 0),
  };
  t.deepEqual(readClocks(clock as Clock), { wall: Date.parse('2026-11-20T10:01:10.000Z'), monotonic: 70_000 });
});
