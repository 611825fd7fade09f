import test from 'ava';
import { Standstill } from '../../src/lib/standstill.ts';
import { ManualClock } from '../support/manual-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function desk() {
  const clock = new ManualClock('2026-11-20T10:00:00.000Z');
  return { clock, standstill: new Standstill(clock) };
}

const window = (start: number, end: number) => ({ start, end });

test('what cannot be read is passed an hour after the first failure, however seldom it is tried', async (t) => {
  for (const pause of [HOUR, 4 * HOUR, 24 * HOUR]) {
    const { clock, standstill } = desk();
    standstill.failed(window(0, 100));
    t.false(standstill.isOver(window(0, 100)));
    await clock.sleep(pause);
    standstill.failed(window(0, 100));
    t.true(standstill.isOver(window(0, 100)));
  }
});

test('the hour is not over a moment earlier, and is counted by the monotonic clock', async (t) => {
  const { clock, standstill } = desk();
  standstill.failed(window(0, 100));
  clock.step(24 * HOUR);
  await clock.sleep(HOUR - 1);
  t.false(standstill.isOver(window(0, 100)));
  await clock.sleep(1);
  t.true(standstill.isOver(window(0, 100)));
});

test('the hour is that of a place: a window that grows keeps it, a window without the place has none', async (t) => {
  const { clock, standstill } = desk();
  standstill.failed(window(10, 100));
  await clock.sleep(HOUR);
  t.true(standstill.isOver(window(10, 200)));
  t.true(standstill.isOver(window(0, 50)));
  t.false(standstill.isOver(window(0, 10)));
  t.false(standstill.isOver(window(11, 200)));
});

test('a complete reading ends the standstill: a failure after it begins another hour', async (t) => {
  const { clock, standstill } = desk();
  standstill.failed(window(0, 100));
  standstill.read(window(0, 110));
  await clock.sleep(61 * MINUTE);
  standstill.failed(window(0, 120));
  t.false(standstill.isOver(window(0, 120)));
});

test('what is read before the place, or elsewhere, ends no standstill', async (t) => {
  const { clock, standstill } = desk();
  standstill.failed(window(100, 200));
  standstill.read(window(0, 100));
  standstill.read(window(150, 400));
  await clock.sleep(HOUR);
  t.true(standstill.isOver(window(100, 200)));
});

test('passing ends no standstill: what comes next is passed at once, until something is read completely', async (t) => {
  const { clock, standstill } = desk();
  standstill.failed(window(0, 100));
  await clock.sleep(HOUR);
  for (const at of [0, 100, 200]) {
    standstill.failed(window(at, at + 100));
    t.true(standstill.isOver(window(at, at + 100)));
    standstill.passed(window(at, at + 100));
    t.false(standstill.isOver(window(at, at + 100)), 'what was passed is behind');
  }
  standstill.read(window(300, 400));
  standstill.failed(window(400, 500));
  t.false(standstill.isOver(window(400, 500)));
});

test('places far from each other have hours of their own, and the oldest of very many is forgotten', async (t) => {
  const { clock, standstill } = desk();
  standstill.failed(window(0, 100));
  await clock.sleep(HOUR);
  standstill.failed(window(1_000, 1_100));
  t.true(standstill.isOver(window(0, 100)));
  t.false(standstill.isOver(window(1_000, 1_100)));
  for (let n = 2; n < 101; n++) standstill.failed(window(n * 1_000, n * 1_000 + 100));
  t.false(standstill.isOver(window(0, 100)));
  await clock.sleep(HOUR);
  t.true(standstill.isOver(window(1_000, 1_100)));
});
