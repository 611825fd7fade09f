import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { terminalLine } from '../../src/observability/terminal-line.ts';
import { holds } from '../domain/support/property.ts';

const WIDE = { width: 300, colour: false };
const CYCLE = {
  level: 'info',
  time: '2026-11-29T16:04:12.345Z',
  event: 'cycle.completed',
  msg: 'Published 30 events of conversations',
  poller: 'default',
  stream: 'conversations',
  windowStart: '2026-11-29T16:03:10.000Z',
  windowEnd: '2026-11-29T16:04:11.000Z',
  watermark: '2026-11-29T16:04:11.000Z',
  lagSeconds: 1.1,
  conversations: 12,
  published: 30,
  duplicates: 81,
  caughtUp: true,
};
const FAILURE = {
  level: 'error',
  time: '2026-11-29T16:04:12.345Z',
  event: 'cycle.failed',
  stream: 'conversations',
  code: 'table.missing',
  msg:
    'The checkpoint cannot be read: there is no table GenesysPollerState in eu-central-1. ' +
    'Create it with `genesys-poller setup`, or set dynamoDb.stateTable',
};

test('a cycle is one line: time, stream, window, records, published, known, lag', (t) => {
  t.is(
    terminalLine(CYCLE, WIDE),
    '16:04:12  conversations   11-29 16:03:10 – 16:04:11     12 records     30 published     81 known  lag 1.1 s\n',
  );
});

test('a window over midnight has the day of its end', (t) => {
  const line = terminalLine({ ...CYCLE, windowStart: '2026-11-28T23:59:58.000Z' }, WIDE);
  t.regex(line, / 11-28 23:59:58 – 11-29 16:04:11 /);
});

test('a cycle says what is unusual in it: catching up, missed, too old, dead letters', (t) => {
  const line = terminalLine({ ...CYCLE, caughtUp: false, missed: 3, tooOld: 2, deadLettered: 1 }, WIDE);
  t.regex(line, /lag 1\.1 s {2}3 missed live {2}2 too old {2}1 dead letters {2}catching up\n$/);
});

for (const [width, expected] of [
  [108, '16:04:12  conversations   11-29 16:03:10 – 16:04:11     12 records     30 published     81 known  lag 1.1 s'],
  [100, '16:04:12  conversations      12 records     30 published     81 known  lag 1.1 s'],
  [70, '16:04:12  conversations      12 records     30 published  lag 1.1 s'],
  [60, '16:04:12  conversations      30 published  lag 1.1 s'],
  [40, '16:04:12  conversations      30 publish…'],
] as const) {
  test(`at ${width} columns a cycle is one line that leaves out what matters least`, (t) => {
    t.is(terminalLine(CYCLE, { width, colour: false }), `${expected}\n`);
  });
}

test('a failure says what, why and remedy, wrapped at the width and indented, with its code', (t) => {
  t.is(
    terminalLine(FAILURE, { width: 60, colour: false }),
    [
      '16:04:12  conversations: The checkpoint cannot be read:',
      '          there is no table GenesysPollerState in',
      '          eu-central-1. Create it with `genesys-poller',
      '          setup`, or set dynamoDb.stateTable [table.missing]',
      '',
    ].join('\n'),
  );
});

test('a message that names its stream is not given the name once more', (t) => {
  const line = { ...CYCLE, event: 'cycle.recovered', msg: 'conversations goes on after a failed cycle in 3 s' };
  t.is(terminalLine(line, WIDE), '16:04:12  conversations goes on after a failed cycle in 3 s\n');
});

test('a failure that was kept back says how often', (t) => {
  t.regex(terminalLine({ ...FAILURE, repeats: 7 }, WIDE), /stateTable \(7 times more before this line\) \[table/);
});

test('a defect shows its stack below its message', (t) => {
  const stack = 'TypeError: x is no function\n    at run (/opt/dist/main.js:1:2)\n    at async start';
  t.is(
    terminalLine({ ...FAILURE, code: 'defect', msg: 'x is no function', stack }, { width: 50, colour: false }),
    [
      '16:04:12  conversations: x is no function [defect]',
      '          at run (/opt/dist/main.js:1:2)',
      '          at async start',
      '',
    ].join('\n'),
  );
});

test('a line that is not a cycle is its message, without members and without JSON', (t) => {
  const line = { ...CYCLE, event: 'daemon.started', msg: 'Polling Genesys Cloud', stream: undefined };
  t.is(terminalLine(line, WIDE), '16:04:12  Polling Genesys Cloud\n');
});

test('colours mark what was published, warnings and errors; without colours there is no escape', (t) => {
  const coloured = (line: object) => terminalLine({ ...line }, { width: 300, colour: true });
  t.true(coloured(CYCLE).includes('\u001b[32m   30 published\u001b[0m'));
  t.true(coloured(FAILURE).includes('\u001b[31mconversations: The checkpoint'));
  t.true(coloured({ ...FAILURE, level: 'warn' }).includes('\u001b[33mconversations: The checkpoint'));
  for (const line of [CYCLE, FAILURE]) t.false(terminalLine(line, WIDE).includes('\u001b'));
});

test('whatever a line holds, no row is wider than the terminal and no control character takes effect', (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 300 });
  const event = fc.constantFrom('cycle.completed', 'cycle.failed', 'daemon.started');
  const line = fc.record({ event, time: text, msg: text, stream: text, code: text, stack: text, windowStart: text });
  holds(
    t,
    fc.property(line, fc.integer({ min: 30, max: 300 }), (members, width) => {
      const shown = terminalLine({ ...CYCLE, ...members, time: CYCLE.time }, { width, colour: false });
      assert.ok(shown.endsWith('\n'));
      assert.doesNotMatch(shown, /[^\P{Cc}\t\n]|\p{Bidi_Control}/u);
      for (const row of shown.split('\n')) assert.ok(row.length <= width, `${row.length}: ${JSON.stringify(row)}`);
    }),
  );
});
