import test from 'ava';
import { ServerClock } from '../../src/genesys/server-clock.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { testContext } from '../support/request-context.ts';

const at = (time: string) => Date.parse(`2026-11-20T${time}Z`);

function watched(clock: ManualClock, dates: (string | undefined)[]) {
  const log = recordedLog();
  const time = new ServerClock(clock, log);
  const transport = time.watching({
    send: async () => {
      const date = dates.shift();
      return { status: 200, headers: date === undefined ? {} : { date }, body: '' };
    },
  });
  const ask = () => transport.send({ method: 'GET', url: 'https://api.example/', headers: {} }, testContext().signal);
  return { time, ask, log };
}

test('before Genesys has said anything, now is what this host believes', async (t) => {
  const { time, ask } = watched(new ManualClock(at('10:00:00.000')), [undefined, 'the day before yesterday']);
  t.is(time.now(), at('10:00:00.000'));
  await ask();
  await ask();
  t.is(time.now(), at('10:00:00.000'));
});

test('a host whose clock runs ahead goes by the time of Genesys, and says so once with the size', async (t) => {
  const { time, ask, log } = watched(new ManualClock(at('11:00:00.400')), ['Fri, 20 Nov 2026 10:00:00 GMT']);
  await ask();
  t.is(time.now(), at('10:00:00.000'));
  t.is(time.now(), at('10:00:00.000'));
  t.deepEqual(
    log.lines.map(({ event, aheadSeconds }) => [event, aheadSeconds]),
    [['clock.skewed', 3599]],
  );
});

test('a host whose clock is behind goes by its own time: reading too little too early loses nothing', async (t) => {
  const { time, ask, log } = watched(new ManualClock(at('09:00:00.000')), ['Fri, 20 Nov 2026 10:00:00 GMT']);
  await ask();
  t.is(time.now(), at('09:00:00.000'));
  t.deepEqual(
    log.lines.map(({ event, level, aheadSeconds }) => [event, level, aheadSeconds]),
    [['clock.skewed', 'warn', -3600]],
  );
});

test('what is to be remembered is counted from the later clock', async (t) => {
  const ahead = watched(new ManualClock(at('11:00:00.000')), ['Fri, 20 Nov 2026 10:00:00 GMT']);
  t.is(ahead.time.latest(), at('11:00:00.000'));
  await ahead.ask();
  t.is(ahead.time.latest(), at('11:00:00.000'));
  const behind = watched(new ManualClock(at('09:00:00.000')), ['Fri, 20 Nov 2026 10:00:00 GMT']);
  await behind.ask();
  t.is(behind.time.latest(), at('10:00:01.000'));
});

test('a difference is logged again when it has changed much, and when it is over', async (t) => {
  const clock = new ManualClock(at('10:00:30.000'));
  const dates = ['Fri, 20 Nov 2026 10:00:00 GMT'];
  const { time, ask, log } = watched(clock, dates);
  await ask();
  for (const step of [0, 5_000, 60_000, -60_000, -34_000, 0, -3_600_000]) {
    clock.step(step);
    time.now();
  }
  t.deepEqual(
    log.lines.map(({ level, aheadSeconds }) => [level, aheadSeconds]),
    [
      ['warn', 29],
      ['warn', 94],
      ['warn', 34],
      ['info', 0],
      ['warn', -3599],
    ],
  );
});

test('an answer that took long makes no difference of the clocks', async (t) => {
  const clock = new ManualClock(at('10:00:00.000'));
  const log = recordedLog();
  const time = new ServerClock(clock, log);
  const slow = time.watching({
    async send() {
      clock.pause(40_000);
      return { status: 200, headers: { date: 'Fri, 20 Nov 2026 10:00:00 GMT' }, body: '' };
    },
  });
  await slow.send({ method: 'GET', url: 'https://api.example/', headers: {} }, testContext().signal);
  time.now();
  t.deepEqual(log.lines, []);
});

test('while the clocks differ Genesys is wanted to be heard again every minute, and only then', async (t) => {
  const clock = new ManualClock(at('11:00:00.000'));
  const { time, ask } = watched(clock, ['Fri, 20 Nov 2026 10:00:00 GMT', 'Fri, 20 Nov 2026 11:01:00 GMT']);
  t.false(time.wantsAnswer);
  await ask();
  t.false(time.wantsAnswer);
  clock.pause(60_000);
  t.true(time.wantsAnswer);
  await ask();
  t.is(time.now(), at('11:01:00.000'));
  clock.pause(3_600_000);
  t.false(time.wantsAnswer);
});

test('between answers time goes on by the monotonic clock, whatever the wall clock does', async (t) => {
  const clock = new ManualClock(at('10:00:00.000'));
  const { time, ask } = watched(clock, ['Fri, 20 Nov 2026 10:00:00 GMT']);
  await ask();
  await clock.sleep(5_000);
  clock.step(3_600_000);
  t.is(time.now(), at('10:00:05.000'));
});

test('the second in which a Date is given is bounded more closely by further answers', async (t) => {
  const clock = new ManualClock(at('10:30:00.000'));
  const { time, ask } = watched(clock, ['Fri, 20 Nov 2026 10:00:00 GMT', 'Fri, 20 Nov 2026 10:00:01 GMT']);
  await ask();
  await clock.sleep(300);
  t.is(time.now(), at('10:00:00.300'));
  await ask();
  t.is(time.now(), at('10:00:01.000'));
});

test('one answer from a host whose clock is off is forgotten after 32 others', async (t) => {
  const clock = new ManualClock(at('10:30:00.000'));
  const right = Array.from({ length: 32 }, () => 'Fri, 20 Nov 2026 10:00:00 GMT');
  const { time, ask } = watched(clock, ['Fri, 20 Nov 2026 10:20:00 GMT', ...right]);
  await ask();
  t.is(time.now(), at('10:20:00.000'));
  for (const _ of right) await ask();
  t.is(time.now(), at('10:00:00.000'));
});
