import test from 'ava';
import { quietLog } from '../../src/observability/quiet-log.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';

const STREAM = 'conversations';
const UNREACHABLE = { stream: STREAM, code: 'genesys.unreachable' };

function quiet() {
  const clock = new ManualClock();
  const written = recordedLog();
  const log = quietLog({ log: written, clock });
  return { clock, log, lines: written.lines, events: () => written.lines.map(({ event }) => event) };
}

test('the same trouble is written once, then a minute later with the number that was kept back', (t) => {
  const { clock, log, lines } = quiet();
  for (let second = 0; second <= 60; second += 15) {
    log.warn('lease.renewalFailed', `no answer, attempt ${second}`, { ...UNREACHABLE, remainingMs: second });
    clock.pause(15_000);
  }
  const line = { level: 'warn', event: 'lease.renewalFailed', ...UNREACHABLE };
  t.deepEqual(lines, [
    { ...line, msg: 'no answer, attempt 0', remainingMs: 0 },
    { ...line, msg: 'no answer, attempt 60', remainingMs: 60, repeats: 3 },
  ]);
});

test('another stream, code, event or message is other trouble', (t) => {
  const { log, lines } = quiet();
  log.error('genesys.waiting', 'no answer', UNREACHABLE);
  log.error('genesys.waiting', 'no answer', { ...UNREACHABLE, stream: 'event-log' });
  log.error('genesys.waiting', 'no answer', { ...UNREACHABLE, code: 'bus.denied' });
  log.error('genesys.waiting', 'no answer at all', UNREACHABLE);
  log.warn('lease.renewalFailed', 'no answer', UNREACHABLE);
  t.is(lines.length, 5);
  t.true(lines.every((line) => !('repeats' in line)));
});

test('a failed cycle passes: the log of cycles keeps back what is repeated', (t) => {
  const { log, lines } = quiet();
  for (let cycle = 0; cycle < 3; cycle++) log.error('cycle.failed', 'no answer', UNREACHABLE);
  t.is(lines.length, 3);
});

test('what happened once each time is never kept back: a gap, a lost lease, a rejected configuration', (t) => {
  const { log, events } = quiet();
  for (const event of ['gap.detected', 'lease.lost', 'config.reloaded', 'config.rejected', 'daemon.stopping']) {
    log.warn(event, 'so it is', { stream: STREAM });
    log.warn(event, 'so it is', { stream: STREAM });
  }
  t.is(events().length, 10);
});

test('what is said for information, or to find faults, is never kept back', (t) => {
  const { log, lines } = quiet();
  for (let time = 0; time < 3; time++) {
    log.info('lease.acquired', 'Polling', { stream: STREAM });
    log.debug('genesys.answered', 'GET', {});
  }
  t.is(lines.length, 6);
});

test('failures in ever new words do not make it grow without end', (t) => {
  const { log, lines } = quiet();
  const word = (index: number) => [...String(index)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
  for (let index = 0; index < 600; index++) log.warn('publish.partial', word(index), {});
  t.is(lines.length, 600);
  log.warn('publish.partial', word(599), {});
  t.is(lines.length, 600, 'the latest is remembered');
  log.warn('publish.partial', word(0), {});
  t.is(lines.length, 601, 'the oldest is not');
});
