import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { guardPhoneNumber } from '../../src/domain/privacy.ts';
import { Census, holds } from './support/property.ts';

const MASKED: readonly [address: string, masked: string | undefined][] = [
  ['tel:+15551112222', 'tel:+*******2222'],
  ['tel:15551112222', 'tel:*******2222'],
  ['+15551112222', '+*******2222'],
  ['5551112222', '******2222'],
  ['12345', '*2345'],
  ['1234', '1234'],
  ['112', '112'],
  ['tel:+1 (555) 111-2222', 'tel:+* (***) ***-2222'],
  ['+49 30 1234 56', '+** ** **34 56'],
  ['sip:+15551112222@edge.example.com', undefined],
  ['sip:agent.name+example.com;tgrp=x@localhost', undefined],
  ['sips:100@example.com', undefined],
  ['someone@example.com', undefined],
  ['anonymous', undefined],
  ['tel:anonymous', undefined],
  ['tel:', undefined],
  ['+', undefined],
  ['Anna 5551112222', undefined],
  ['5551112222 Anna', undefined],
  ['5551112222@example.com', undefined],
];

for (const [address, masked] of MASKED) {
  test(`mask turns ${address} into ${masked ?? 'nothing: it is no number'}`, (t) => {
    t.is(guardPhoneNumber(address, 'mask'), masked);
  });
}

test('include passes every address as it is, omit passes none', (t) => {
  for (const [address] of MASKED) {
    t.is(guardPhoneNumber(address, 'include'), address);
    t.is(guardPhoneNumber(address, 'omit'), undefined);
  }
});

test('an absent address stays absent under every rule', (t) => {
  for (const rule of ['omit', 'mask', 'include'] as const) t.is(guardPhoneNumber(undefined, rule), undefined);
});

test('whatever the number, mask shows its last four digits and no other', (t) => {
  const census = new Census();
  const digits = fc.array(fc.constantFrom(...'0123456789 ().-'), { maxLength: 16, size: 'max' });
  const number = fc
    .tuple(fc.constantFrom('', 'tel:', '+', 'tel:+'), fc.constantFrom(...'0123456789'), digits)
    .map(([prefix, first, more]) => prefix + first + more.join(''));
  const property = fc.property(number, (address) => {
    const masked = guardPhoneNumber(address, 'mask') ?? '';
    const digits = address.replace(/\D/g, '');
    census.saw(digits.length > 4 ? 'digits to hide' : 'nothing to hide');
    assert.equal(masked.length, address.length);
    assert.equal(masked.replace(/\D/g, ''), digits.slice(-4));
    assert.equal(masked.split('*').length - 1, Math.max(0, digits.length - 4));
  });
  holds(t, property);
  census.atLeast(t, { 'digits to hide': 100, 'nothing to hide': 10 });
});

test('whatever the address, mask never lets a fifth digit or a letter through', (t) => {
  const noise = fc.stringMatching(/^[0-9a-f:+@;=]{1,30}$/);
  const property = fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.emailAddress(), noise), (address) => {
    const masked = guardPhoneNumber(address, 'mask') ?? '';
    assert.ok(masked.replace(/\D/g, '').length <= 4);
    assert.doesNotMatch(masked.replace(/^tel:/i, ''), /\p{L}/u);
  });
  holds(t, property);
});
