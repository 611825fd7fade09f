import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { createLog } from '../../src/observability/logger.ts';
import type { Log, LogFields } from '../../src/ports/log.ts';
import { Census, holds } from '../domain/support/property.ts';

/** A log that writes into a list of lines. */
function written(level = 'info', base?: LogFields): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { log: createLog({ level, destination, ...(base && { base }) }), lines };
}

/** The line that the fields make, as a reader of the log sees it. */
function lineOf(fields: LogFields, msg = 'a message') {
  const { log, lines } = written();
  log.info('cycle.completed', msg, fields);
  assert.equal(lines.length, 1);
  return { text: lines[0] ?? '', json: JSON.parse(lines[0] ?? '') as Record<string, unknown> };
}

const KB16 = 16 * 1024;

test('a line is one JSON object with level, time, event and msg, and ends with a line feed', (t) => {
  const { log, lines } = written('info', { poller: 'default' });
  const before = Date.now();
  log.warn('publish.partial', 'EventBridge refused\n1 of 10 entries', { stream: 'conversations', attempt: 2 });
  t.regex(lines[0] ?? '', /^\{[^\n]*\}\n$/);
  const { time, ...line } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  t.deepEqual(line, {
    level: 'warn',
    event: 'publish.partial',
    msg: 'EventBridge refused\n1 of 10 entries',
    poller: 'default',
    stream: 'conversations',
    attempt: 2,
  });
  t.regex(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const written_at = Date.parse(String(time));
  t.true(written_at >= before && written_at <= Date.now());
});

test('each level has its name', (t) => {
  const { log, lines } = written('debug');
  for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level]('x', 'y');
  t.deepEqual(
    lines.map((line) => JSON.parse(line).level),
    ['debug', 'info', 'warn', 'error'],
  );
});

test('what is below log.level is not written', (t) => {
  const { log, lines } = written('warn');
  log.debug('x', 'y');
  log.info('x', 'y');
  log.warn('x', 'y');
  t.is(lines.length, 1);
});

test('a line without fields is complete', (t) => {
  const { log, lines } = written();
  log.info('daemon.started', 'Polling');
  t.deepEqual(Object.keys(JSON.parse(lines[0] ?? '')).sort(), ['event', 'level', 'msg', 'time']);
});

test('numbers, lists and objects come through as they are; what is undefined is left out', (t) => {
  const { json } = lineOf({ published: 7, streams: ['a', 'b'], nested: { ok: true, none: null }, absent: undefined });
  t.like(json, { published: 7, streams: ['a', 'b'], nested: { ok: true, none: null } });
  t.false('absent' in json);
});

test('a long text is cut, and says so', (t) => {
  const { json } = lineOf({ reason: 'r'.repeat(5_000) }, 'm'.repeat(5_000));
  t.is(json.reason, `${'r'.repeat(2_000)}…`);
  t.is(json.msg, `${'m'.repeat(2_000)}…`);
});

test('a line stays below 16 KB whatever characters its texts are made of', (t) => {
  for (const character of ['x', '"', '\n', '\u0001', 'é', '€', '😀', '\ud800', '\u009b', '\u202e']) {
    const long = character.repeat(20_000);
    const { text, json } = lineOf({ reason: long, stack: long, conversationId: 'c-1' }, long);
    t.true(Buffer.byteLength(text) < KB16, `${JSON.stringify(character)} makes ${Buffer.byteLength(text)} bytes`);
    t.is(json.event, 'cycle.completed');
  }
});

test('a line stays below 16 KB when a long text hides in an object or a list, or there are many of them', (t) => {
  const long = 'x'.repeat(20_000);
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`field${index}`, long]));
  for (const fields of [{ body: { text: long } }, { list: Array(500).fill(long) }, many]) {
    t.true(Buffer.byteLength(lineOf(fields).text) < KB16);
  }
});

test('the figures of a cycle survive next to texts that are far too long', (t) => {
  const long = '€'.repeat(20_000);
  const { json } = lineOf(
    { reason: long, stack: long, list: Array(500).fill(long), published: 7, caughtUp: true },
    long,
  );
  t.like(json, { level: 'info', event: 'cycle.completed', published: 7, caughtUp: true });
});

test('any fields at all make one JSON object a line, below 16 KB, with the event that was meant', (t) => {
  // A text is drawn as what it is made of and how often, so that a counterexample can be read.
  const text = fc.tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }), fc.oneof(fc.nat(20), fc.nat(9_000)));
  const member = fc.oneof(
    fc.record({ text }),
    fc.record({ texts: fc.array(text, { maxLength: 20 }) }),
    fc.record({ json: fc.jsonValue() }),
    fc.record({ number: fc.double() }),
  );
  const write = ([unit, times]: [string, number]) => unit.repeat(times);
  const memberOf = (drawn: Record<string, unknown>): unknown => {
    if (drawn.text) return write(drawn.text as [string, number]);
    if (drawn.texts) return { nested: (drawn.texts as [string, number][]).map(write) };
    return drawn.json ?? drawn.number;
  };
  const census = new Census();
  const name = fc.string({ unit: 'binary' }).filter((one) => !['level', 'time', 'event', 'msg'].includes(one));
  const property = fc.property(fc.dictionary(name, member, { maxKeys: 30, size: 'max' }), text, (drawn, msg) => {
    const fields = Object.fromEntries(Object.entries(drawn).map(([key, value]) => [key, memberOf(value)]));
    const { text: line, json } = lineOf(fields, write(msg));
    census.saw('nothing was cut', !line.includes('…'));
    census.saw('something was cut', line.includes('…'));
    census.saw('the line is nearly full', Buffer.byteLength(line) > 10_000);
    assert.equal(line.indexOf('\n'), line.length - 1);
    assert.ok(Buffer.byteLength(line) < KB16, `${Buffer.byteLength(line)} bytes`);
    assert.equal(json.event, 'cycle.completed');
    assert.equal(json.level, 'info');
    assert.equal(typeof json.msg, 'string');
  });
  holds(t, property);
  census.atLeast(t, { 'nothing was cut': 3, 'something was cut': 50, 'the line is nearly full': 50 });
});

test('a small object comes through whole, however deep it goes and however many members it has', (t) => {
  const deep = { a: { b: { c: { d: { e: { f: { g: 'here' } } } } } } };
  const wide = Array.from({ length: 300 }, (_, index) => index);
  t.like(lineOf({ deep, wide }).json, { deep, wide });
});

test('control characters that JSON leaves as they are take no effect on the terminal of a reader', (t) => {
  const { text, json } = lineOf({ reason: 'a\u009b2Jb\u202ec\u007f' }, 'm\u0085\u001b[2J');
  t.notRegex(text.trimEnd(), /[\p{Cc}\p{Bidi_Control}]/u);
  t.like(json, { reason: 'a\u009b2Jb\u202ec\u007f', msg: 'm\u0085\u001b[2J' });
});

test('a percent sign in a message means itself', (t) => {
  t.is(lineOf({}, '100 % of %s, %d and %o').json.msg, '100 % of %s, %d and %o');
});

test('what JSON cannot hold does not throw: a circle, a big integer, a function, an error', (t) => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  for (const value of [circle, 12n, () => 1, new Error('boom'), Symbol('s')]) t.notThrows(() => lineOf({ value }));
  t.is(lineOf({ value: 12n }).json.value, '12');
});

test('no line is lost when the process ends right after it has closed its log', async (t) => {
  const program = `
    import { createLog } from '${new URL('../../src/observability/logger.ts', import.meta.url)}';
    const log = createLog({ level: 'info' });
    for (let line = 0; line < 2_000; line++) log.info('test', 'x'.repeat(500), { line });
    await log.close(new Promise(() => undefined));
    process.exit(0);`;
  const node = promisify(execFile);
  const { stdout } = await node(process.execPath, ['--import=tsx', '--input-type=module', '--eval', program], {
    maxBuffer: 10_000_000,
  });
  const lines = stdout.trimEnd().split('\n');
  t.is(lines.length, 2_000);
  t.is(JSON.parse(lines.at(-1) ?? '').line, 1_999);
});
