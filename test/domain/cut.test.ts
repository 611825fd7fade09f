import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { cutChunks, cutText } from '../../src/domain/cut.ts';
import { sha256 } from './support/oracle.ts';
import { Census, holds } from './support/property.ts';

test('a text that fits is kept, and needs no more to be said', (t) => {
  t.deepEqual(cutText('', 0), { text: '' });
  t.deepEqual(cutText('four', 4), { text: 'four' });
  t.deepEqual(cutText('€', 3), { text: '€' });
});

test('what is kept is kept to the letter, half a character of UTF-16 too', (t) => {
  t.deepEqual(cutText('\ud800', 3), { text: '\ud800' });
  t.is(cutText('\ud800b', 3).text, '\ud800');
});

test('a text that does not fit is cut between characters, with the size and the hash of the whole', (t) => {
  // printf '%s' 'five!' | sha256sum
  const sha256OfFive = '5e2617f28c6b18450cc9c52e2ccc82241a4bf35b614e4c7525efce477ba55907';
  t.deepEqual(cutText('five!', 4), { text: 'five', whole: { bytes: 5, sha256: sha256OfFive } });
  t.is(cutText('€uro', 2).text, '');
  t.is(cutText('a😀', 4).text, 'a');
  t.is(cutText('a😀', 5).text, 'a😀');
});

test('nothing is kept of what follows a chunk that did not fit', (t) => {
  const chunks = ['ab', '😀', 'cd'];
  const cut = cutChunks((take) => {
    for (const chunk of chunks) take(chunk);
  }, 4);
  t.deepEqual(cut, { text: 'ab', whole: { bytes: 8, sha256: sha256('ab😀cd') } });
});

test('whatever the chunks, the kept text is the longest beginning that fits', (t) => {
  const census = new Census();
  const chunk = fc.string({ unit: 'grapheme', maxLength: 12 });
  const property = fc.property(fc.array(chunk, { maxLength: 6 }), fc.nat({ max: 40 }), (chunks, most) => {
    const whole = chunks.join('');
    const { text, whole: cut } = cutChunks((take) => chunks.forEach((one) => void take(one)), most);
    const bytes = Buffer.byteLength(text);
    assert.ok(bytes <= most && whole.startsWith(text));
    census.saw('cut', cut !== undefined);
    if (!cut) assert.equal(text, whole);
    else {
      assert.deepEqual(cut, { bytes: Buffer.byteLength(whole), sha256: sha256(whole) });
      const next = String.fromCodePoint(whole.codePointAt(text.length) ?? 0);
      assert.ok(bytes + Buffer.byteLength(next) > most);
    }
  });
  holds(t, property);
  census.atLeast(t, { cut: 50 });
});
