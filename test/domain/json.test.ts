import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { canonicalJson, fieldsOf, isAbsent, listOf, parseJson, textOf, writeJson } from '../../src/domain/json.ts';
import { canonical } from './support/oracle.ts';
import { Census, holds } from './support/property.ts';

test('a text is parsed if it is JSON, and is undefined if it is not', (t) => {
  t.deepEqual(parseJson('{"a":[1]}'), { a: [1] });
  t.is(parseJson('null'), null);
  for (const text of ['', '{', 'undefined', '<html>']) t.is(parseJson(text), undefined);
});

test('only an object has fields', (t) => {
  t.deepEqual(fieldsOf({ a: 1 }), { a: 1 });
  for (const value of [null, undefined, [], [{ a: 1 }], 'text', 0, true]) t.is(fieldsOf(value), undefined);
});

test('a value nested deeper than any call stack has a canonical form', (t) => {
  const json = `${'[{"a":'.repeat(20_000)}1${'}]'.repeat(20_000)}`;
  t.is(canonicalJson(JSON.parse(json)), json);
});

test('chunks are whole, however long the value', (t) => {
  const value = Array.from({ length: 40_000 }, (_, n) => ({ n, text: '😀' }));
  for (const order of ['as received', 'canonical'] as const) {
    const chunks: string[] = [];
    writeJson(value, order, (chunk) => chunks.push(chunk));
    t.is(chunks.join(''), JSON.stringify(value));
    t.true(chunks.length > 10 && chunks.every((chunk) => chunk.length > 0 && !/^[\udc00-\udfff]/.test(chunk)));
  }
});

test('members as received stay as they were received', (t) => {
  const chunks: string[] = [];
  writeJson({ b: [], a: { d: 1, c: {} } }, 'as received', (chunk) => chunks.push(chunk));
  t.deepEqual(chunks, ['{"b":[],"a":{"d":1,"c":{}}}']);
});

test('a chunk is handed on as soon as it has 65,536 characters, and none is empty', (t) => {
  const sizesOf = (value: unknown) => {
    const sizes: number[] = [];
    writeJson(value, 'as received', (chunk) => sizes.push(chunk.length));
    return sizes;
  };
  t.deepEqual(sizesOf('x'.repeat(65_534)), [65_536]);
  t.deepEqual(sizesOf(['x'.repeat(65_533), 1]), [65_536, 3]);
});

test('what says nothing is absent', (t) => {
  for (const value of [undefined, null, '']) t.true(isAbsent(value));
  for (const value of [0, false, ' ', [], {}]) t.false(isAbsent(value));
});

test('only a string that says something is a text', (t) => {
  t.is(textOf('x'), 'x');
  t.is(textOf(' '), ' ');
  t.is(textOf('😀'), '😀');
  for (const value of ['', null, undefined, 0, 1, false, [], ['x'], {}, 'a\ud800', '\udc00b'])
    t.is(textOf(value), undefined);
});

test('anything but a list is a list without elements', (t) => {
  t.deepEqual(listOf([1, null]), [1, null]);
  for (const value of [null, undefined, {}, { length: 1 }, 'text', 1]) t.deepEqual(listOf(value), []);
});

const CANONICAL: readonly [value: unknown, json: string][] = [
  [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
  [{ b: { d: [], c: null }, a: [{ z: 1, y: 2 }] }, '{"a":[{"y":2,"z":1}],"b":{"c":null,"d":[]}}'],
  [[3, 1, 2], '[3,1,2]'],
  [{ a: '€\u2028"\n' }, '{"a":"€\u2028\\"\\n"}'],
  // Code units, not an alphabet: capitals come before small letters, digits are compared as text.
  [{ a: 1, B: 2, é: 3, _: 4 }, '{"B":2,"_":4,"a":1,"é":3}'],
  [{ 9: 'nine', 10: 'ten', a: 1, '-': 0 }, '{"-":0,"10":"ten","9":"nine","a":1}'],
  [JSON.parse('{"constructor":1,"__proto__":{"b":1,"a":2}}'), '{"__proto__":{"a":2,"b":1},"constructor":1}'],
  ['text', '"text"'],
  [1.5, '1.5'],
  [null, 'null'],
  [undefined, 'null'],
];

for (const [value, json] of CANONICAL) {
  test(`the canonical form of ${JSON.stringify(value)} has its members in code-unit order at every depth`, (t) => {
    t.is(canonicalJson(value), json);
  });
}

test('the canonical form tells the same value, whatever order its members came in', (t) => {
  const census = new Census();
  const property = fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
    const json = canonicalJson(value);
    census.saw('members', /":/.test(json));
    assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(value)));
    assert.equal(canonicalJson(reversed(value)), json);
    assert.equal(json, canonical(value));
  });
  holds(t, property);
  census.atLeast(t, { members: 30 });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  const fields = fieldsOf(value);
  if (!fields) return value;
  return Object.fromEntries(
    Object.entries(fields)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}
