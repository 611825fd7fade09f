import test from 'ava';
import { StallTracker } from '../../src/lib/stall-tracker.ts';
import { ManualClock } from '../support/manual-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function desk() {
  const clock = new ManualClock('2026-11-20T10:00:00.000Z');
  return { clock, stallTracker: new StallTracker(clock) };
}

const window = (start: number, end: number) => ({ start, end });

test('what cannot be read is passed an hour after the first failure, however seldom it is tried', async (t) => {
  for (const pause of [HOUR, 4 * HOUR, 24 * HOUR]) {
    const { clock, stallTracker } = desk();
    stallTracker.noteFailure(window(0, 100));
    t.false(stallTracker.mayLeaveOut(window(0, 100)));
    await clock.sleep(pause);
    stallTracker.noteFailure(window(0, 100));
    t.true(stallTracker.mayLeaveOut(window(0, 100)));
  }
});

test('the hour is not over a moment earlier, and is counted by the monotonic clock', async (t) => {
  const { clock, stallTracker } = desk();
  stallTracker.noteFailure(window(0, 100));
  clock.step(24 * HOUR);
  await clock.sleep(HOUR - 1);
  t.false(stallTracker.mayLeaveOut(window(0, 100)));
  await clock.sleep(1);
  t.true(stallTracker.mayLeaveOut(window(0, 100)));
});

test('the hour is that of a place: a window that grows keeps it, a window without the place has none', async (t) => {
  const { clock, stallTracker } = desk();
  stallTracker.noteFailure(window(10, 100));
  await clock.sleep(HOUR);
  t.true(stallTracker.mayLeaveOut(window(10, 200)));
  t.true(stallTracker.mayLeaveOut(window(0, 50)));
  t.false(stallTracker.mayLeaveOut(window(0, 10)));
  t.false(stallTracker.mayLeaveOut(window(11, 200)));
});

test('a complete reading ends the stall: a failure after it begins another hour', async (t) => {
  const { clock, stallTracker } = desk();
  stallTracker.noteFailure(window(0, 100));
  stallTracker.noteRead(window(0, 110));
  await clock.sleep(61 * MINUTE);
  stallTracker.noteFailure(window(0, 120));
  t.false(stallTracker.mayLeaveOut(window(0, 120)));
});

test('what is read before the position, or elsewhere, does not end the stall', async (t) => {
  const { clock, stallTracker } = desk();
  stallTracker.noteFailure(window(100, 200));
  stallTracker.noteRead(window(0, 100));
  stallTracker.noteRead(window(150, 400));
  await clock.sleep(HOUR);
  t.true(stallTracker.mayLeaveOut(window(100, 200)));
});

test('leaving out does not end the stall: what comes next is left out at once, until something is read completely', async (t) => {
  const { clock, stallTracker } = desk();
  stallTracker.noteFailure(window(0, 100));
  await clock.sleep(HOUR);
  for (const at of [0, 100, 200]) {
    stallTracker.noteFailure(window(at, at + 100));
    t.true(stallTracker.mayLeaveOut(window(at, at + 100)));
    stallTracker.noteLeftOut(window(at, at + 100));
    t.false(stallTracker.mayLeaveOut(window(at, at + 100)), 'what was left out is behind');
  }
  stallTracker.noteRead(window(300, 400));
  stallTracker.noteFailure(window(400, 500));
  t.false(stallTracker.mayLeaveOut(window(400, 500)));
});

test('places far from each other have hours of their own, and the oldest of very many is forgotten', async (t) => {
  const { clock, stallTracker } = desk();
  stallTracker.noteFailure(window(0, 100));
  await clock.sleep(HOUR);
  stallTracker.noteFailure(window(1_000, 1_100));
  t.true(stallTracker.mayLeaveOut(window(0, 100)));
  t.false(stallTracker.mayLeaveOut(window(1_000, 1_100)));
  for (let n = 2; n < 101; n++) stallTracker.noteFailure(window(n * 1_000, n * 1_000 + 100));
  t.false(stallTracker.mayLeaveOut(window(0, 100)));
  await clock.sleep(HOUR);
  t.true(stallTracker.mayLeaveOut(window(1_000, 1_100)));
});
