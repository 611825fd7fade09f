import test from 'ava';
import { quietLog } from '../../src/observability/quiet-log.ts';
import type { LogFields } from '../../src/ports/log.ts';
import { recordedLog } from '../support/call.ts';
import { ManualClock } from '../support/manual-clock.ts';

const STREAM = 'conversations';
const UNREACHABLE = { stream: STREAM, code: 'genesys.unreachable' };

function quiet() {
  const clock = new ManualClock();
  const written = recordedLog();
  const keptBack: (readonly [string, LogFields])[] = [];
  const log = quietLog({ log: written, clock, onKeptBack: (event, fields) => keptBack.push([event, fields]) });
  return { clock, log, keptBack, lines: written.lines, events: () => written.lines.map(({ event }) => event) };
}

test('the same failure is written once, then a minute later with the number that was kept back', (t) => {
  const { clock, log, lines, keptBack } = quiet();
  for (let second = 0; second <= 60; second += 15) {
    log.error('cycle.failed', `no answer, attempt ${second}`, { ...UNREACHABLE, published: second });
    clock.pause(15_000);
  }
  t.deepEqual(lines, [
    { level: 'error', event: 'cycle.failed', msg: 'no answer, attempt 0', ...UNREACHABLE, published: 0 },
    { level: 'error', event: 'cycle.failed', msg: 'no answer, attempt 60', ...UNREACHABLE, published: 60, repeats: 3 },
  ]);
  t.deepEqual(
    keptBack.map(([event, { published }]) => [event, published]),
    [
      ['cycle.failed', 15],
      ['cycle.failed', 30],
      ['cycle.failed', 45],
    ],
  );
});

test('another stream, code, event or message is another failure', (t) => {
  const { log, lines } = quiet();
  log.error('cycle.failed', 'no answer', UNREACHABLE);
  log.error('cycle.failed', 'no answer', { ...UNREACHABLE, stream: 'event-log' });
  log.error('cycle.failed', 'no answer', { ...UNREACHABLE, code: 'bus.denied' });
  log.error('cycle.failed', 'no answer at all', UNREACHABLE);
  log.warn('lease.renewalFailed', 'no answer', UNREACHABLE);
  t.is(lines.length, 5);
  t.true(lines.every((line) => !('repeats' in line)));
});

test('when cycles work again, a line says so first, with how many failed, for how long, and how many were kept back', (t) => {
  const { clock, log, lines, events } = quiet();
  for (let cycle = 0; cycle < 3; cycle++) {
    log.error('cycle.failed', 'no answer', UNREACHABLE);
    clock.pause(15_000);
  }
  log.info('cycle.completed', 'Published 3 events', { stream: STREAM, published: 3 });
  t.deepEqual(events(), ['cycle.failed', 'cycle.recovered', 'cycle.completed']);
  t.like(lines[1], { level: 'info', stream: STREAM, failures: 3, failedForSeconds: 45, repeats: 2 });
});

test('after a recovery the same failure is told at once', (t) => {
  const { log, events } = quiet();
  log.error('cycle.failed', 'no answer', UNREACHABLE);
  log.info('cycle.completed', 'Published 3 events', { stream: STREAM });
  log.error('cycle.failed', 'no answer', UNREACHABLE);
  t.deepEqual(events(), ['cycle.failed', 'cycle.recovered', 'cycle.completed', 'cycle.failed']);
});

test('the recovery of one stream is none of another', (t) => {
  const { log, events } = quiet();
  log.error('cycle.failed', 'no answer', UNREACHABLE);
  log.info('cycle.completed', 'Published 3 events', { stream: 'event-log' });
  log.error('cycle.failed', 'no answer', UNREACHABLE);
  t.deepEqual(events(), ['cycle.failed', 'cycle.completed']);
});

test('a stream that stands by again after trouble with the table has recovered', (t) => {
  const { log, events } = quiet();
  log.error('cycle.failed', 'no table', { stream: STREAM, code: 'table.unavailable' });
  log.info('lease.standby', 'Another poller holds the lease', { stream: STREAM });
  t.deepEqual(events(), ['cycle.failed', 'cycle.recovered', 'lease.standby']);
});

test('a cycle that completes without a failure before it is told alone', (t) => {
  const { log, events } = quiet();
  log.info('cycle.completed', 'Published 3 events', { stream: STREAM });
  log.info('cycle.completed', 'Published 3 events', { stream: STREAM });
  t.deepEqual(events(), ['cycle.completed', 'cycle.completed']);
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
