import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { escapeControls, escapeControlsInLine } from '../../src/domain/visible.ts';
import { holds } from './support/property.ts';

for (const [what, text, shown] of [
  ['an escape sequence', '\u001b[2Jgone', '\\u001b[2Jgone'],
  ['an OSC that names the window', '\u001b]0;owned\u0007', '\\u001b]0;owned\\u0007'],
  ['a C1 control', '\u009b31mred\u0085', '\\u009b31mred\\u0085'],
  ['a carriage return and a backspace', 'ok\rno\b', 'ok\\u000dno\\u0008'],
  ['DEL', 'a\u007f', 'a\\u007f'],
  ['an override of direction', 'a\u202egnp.exe\u2066', 'a\\u202egnp.exe\\u2066'],
  ['a line separator', 'a\u2028b', 'a\\u2028b'],
] as const) {
  test(`${what} is seen and has no effect`, (t) => t.is(escapeControls(text), shown));
}

test('letters of all scripts, their joiners, emoji, tabs and line feeds stay', (t) => {
  const text = 'Grüße, می‌خواهم, 日本語, 👩‍👩‍👧, \tend\n';
  t.is(escapeControls(text), text);
});

test('in a line a tab and a line feed are seen too', (t) => t.is(escapeControlsInLine('a\tb\n'), 'a\\u0009b\\u000a'));

test('no control character of any text is left, and JSON means the same as before', (t) => {
  const property = fc.property(fc.string({ unit: 'binary' }), (text) => {
    assert.doesNotMatch(escapeControlsInLine(text), /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
    assert.deepEqual(JSON.parse(escapeControls(JSON.stringify({ text }))), { text });
  });
  holds(t, property);
});
