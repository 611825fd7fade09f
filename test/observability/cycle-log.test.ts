import test from 'ava';
import { CycleLog } from '../../src/observability/cycle-log.ts';
import { completed, failed, figuresOf, interrupted } from '../support/cycle-reports.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { emfProblems } from './support/emf-schema.ts';

const STREAM = 'conversations';

function cycleLog(namespace?: string) {
  const clock = new ManualClock('2026-11-20T10:00:00.000Z');
  const { lines, ...log } = recordedLog();
  const cycles = new CycleLog({ log, clock, namespace: () => namespace });
  const fails = (published = 0, code = 'genesys.unreachable', message = 'no answer') =>
    cycles.onCycle(failed(STREAM, code, message, figuresOf({ published })));
  return { clock, lines, cycles, fails, events: () => lines.map(({ event }) => event) };
}

const sumOf = (lines: readonly object[], name: string) =>
  lines.reduce((sum, line) => sum + Number((line as Readonly<Record<string, unknown>>)[name] ?? 0), 0);

test('a failure that goes on is logged at once, and then at growing intervals with the number kept back', (t) => {
  const { clock, lines, fails } = cycleLog();
  for (let second = 0; second <= 60; second += 15) {
    fails(1, 'genesys.unreachable', `no answer, attempt ${second}`);
    clock.pause(15_000);
  }
  t.like(lines, [
    { level: 'error', event: 'cycle.failed', msg: 'no answer, attempt 0', stream: STREAM, code: 'genesys.unreachable' },
    { event: 'cycle.failed', msg: 'no answer, attempt 60', repeats: 3 },
  ]);
  t.false('repeats' in (lines[0] ?? {}));
});

test('a line counts what the cycles did whose lines were kept back before it, so that every sum is right', (t) => {
  const { clock, lines, cycles, fails } = cycleLog();
  for (let cycle = 0; cycle < 7; cycle++) {
    fails(1);
    clock.pause(30_000);
  }
  cycles.onCycle(completed(STREAM, figuresOf({ published: 8 })));
  t.deepEqual(
    lines.map(({ event, published, repeats }) => [event, published, repeats]),
    [
      ['cycle.failed', 1, undefined],
      ['cycle.failed', 2, 1],
      ['cycle.failed', 4, 3],
      ['cycle.recovered', undefined, undefined],
      ['cycle.completed', 8, undefined],
    ],
  );
  t.is(sumOf(lines, 'published'), 7 + 8);
});

test('what is left of a failure is counted by the line that says that it is over', (t) => {
  const { lines, cycles, fails, clock } = cycleLog('GenesysPoller');
  for (let cycle = 0; cycle < 3; cycle++) {
    fails(2);
    clock.pause(15_000);
  }
  cycles.onCycle(completed(STREAM, figuresOf({ published: 5 })));
  t.deepEqual(
    lines.map(({ event, published }) => [event, published]),
    [
      ['cycle.failed', 2],
      ['cycle.recovered', 4],
      ['cycle.completed', 5],
    ],
  );
  t.like(lines[1], { level: 'info', stream: STREAM, failures: 3, failedForSeconds: 45, repeats: 2, failedCycles: 2 });
  t.is(sumOf(lines, 'failedCycles'), 3);
  t.is(sumOf(lines, 'completedCycles'), 1);
  for (const line of lines) t.deepEqual(emfProblems({ poller: 'default', ...line }), []);
});

test('another stream, code or message is another failure, each with its own count', (t) => {
  const { lines, cycles, fails } = cycleLog();
  for (let time = 0; time < 2; time++) {
    fails(1);
    fails(10, 'bus.denied');
    fails(100, 'bus.denied', 'no answer at all');
    cycles.onCycle(failed('event-log', 'genesys.unreachable', 'no answer', figuresOf({ published: 1_000 })));
  }
  t.is(lines.length, 4);
  cycles.onCycle(completed(STREAM));
  t.like(lines[4], { event: 'cycle.recovered', repeats: 3, published: 111 });
});

test('after a recovery the same failure is logged at once', (t) => {
  const { cycles, fails, events } = cycleLog();
  fails();
  cycles.onCycle(completed(STREAM));
  fails();
  t.deepEqual(events(), ['cycle.failed', 'cycle.recovered', 'cycle.completed', 'cycle.failed']);
});

test('the recovery of one stream is none of another', (t) => {
  const { cycles, fails, events } = cycleLog();
  fails();
  cycles.onCycle(completed('event-log'));
  fails();
  t.deepEqual(events(), ['cycle.failed', 'cycle.completed']);
});

test('a stream that stands by again after trouble with the table has recovered; one that looks further on has not', (t) => {
  const { cycles, events } = cycleLog();
  cycles.onCycle(failed(STREAM, 'table.unavailable', 'no table'));
  cycles.onSign({ stream: STREAM, kind: 'idle' });
  t.deepEqual(events(), ['cycle.failed']);
  cycles.onSign({ stream: STREAM, kind: 'standby' });
  t.deepEqual(events(), ['cycle.failed', 'cycle.recovered']);
});

test('a cycle that could not begin has a failure and no figures', (t) => {
  const { lines, cycles } = cycleLog('GenesysPoller');
  cycles.onCycle(failed(STREAM, 'table.unavailable', 'no table'));
  t.like(lines[0], { completedCycles: 0, failedCycles: 1 });
  for (const name of ['published', 'lagSeconds', 'durationMs']) t.false(name in (lines[0] ?? {}));
  t.deepEqual(emfProblems({ poller: 'default', ...lines[0] }), []);
});

test('an interrupted cycle is neither completed nor failed, and what it did counts', (t) => {
  const { lines, cycles } = cycleLog('GenesysPoller');
  cycles.onCycle(interrupted(STREAM, figuresOf({ published: 8 })));
  t.like(lines, [{ event: 'cycle.interrupted', completedCycles: 0, failedCycles: 0, published: 8, caughtUp: false }]);
});

test('without a namespace no line carries metrics', (t) => {
  const { lines, cycles, fails } = cycleLog();
  cycles.onCycle(completed(STREAM));
  fails();
  for (const line of lines) t.false('_aws' in line || 'completedCycles' in line);
});

test('failures in ever new words are all logged and do not make it grow without end', (t) => {
  const { lines, cycles, fails } = cycleLog();
  const word = (index: number) => [...String(index)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 150; index++) fails(1, 'defect', word(index));
  }
  t.is(lines.length, 150 + 50, 'the first hundred kinds are remembered');
  cycles.onCycle(completed(STREAM));
  t.is(sumOf(lines, 'published'), 300);
});
