import test from 'ava';
import { tokenOf } from '../../src/genesys/token.ts';

const MINUTE = 60_000;

test('a token of five minutes is renewed half a minute before its end', (t) => {
  t.deepEqual(tokenOf('a', 300, 1_000), { value: 'a', renewFrom: 271_000, expiresAt: 301_000 });
});

test('a token of a day or two is renewed five minutes before its end', (t) => {
  t.is(tokenOf('a', 86_400, 0).renewFrom, (24 * 60 - 5) * MINUTE);
  t.is(tokenOf('a', 172_800, 0).renewFrom, (48 * 60 - 5) * MINUTE);
});

test('a very short life keeps nine tenths of itself', (t) => {
  t.deepEqual(tokenOf('a', 10, 0), { value: 'a', renewFrom: 9_000, expiresAt: 10_000 });
});

test('a lifetime given as text counts', (t) => {
  t.is(tokenOf('a', '600', 0).expiresAt, 600_000);
});

test('without a usable life the shortest that can be set is assumed', (t) => {
  for (const nonsense of [undefined, null, '', 'soon', 0, -1, Number.NaN, Number.POSITIVE_INFINITY, {}, [], true]) {
    t.is(tokenOf('a', nonsense, 0).expiresAt, 5 * MINUTE, `expires_in ${String(nonsense)}`);
  }
});

test('no token is believed to live longer than the longest life that can be set', (t) => {
  t.is(tokenOf('a', 1e12, 0).expiresAt, 48 * 60 * MINUTE);
});
