import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { redactPhoneNumber, redactText } from '../../src/domain/privacy.ts';
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
  ['sip:+15551112222@edge.example.com', 'tel:+*******2222'],
  ['sip:+13175550100@10.0.0.1;user=phone', 'tel:+*******0100'],
  ['SIP:5551112222;phone-context=+1@10.0.0.1:5060', 'tel:******2222'],
  ['sip:%2B15551112222@10.0.0.1', 'tel:+*******2222'],
  ['sips:100@example.com', 'tel:100'],
  ['sip:alice@10.0.0.1', undefined],
  ['sip:10.0.0.1', undefined],
  ['sip:15551112222', undefined],
  ['sip:;user=phone@10.0.0.1', undefined],
  ['sip:15551112222:password@10.0.0.1', undefined],
  ['https://5551112222@example.com', undefined],
  ['TEL:15551112222', 'TEL:*******2222'],
  [':5551112222', undefined],
  ['sip:agent.name+example.com;tgrp=x@localhost', undefined],
  ['someone@example.com', undefined],
  ['anonymous', undefined],
  ['tel:anonymous', undefined],
  ['tel:', undefined],
  ['+', undefined],
  ['49+30123456', undefined],
  ['++4930123456', undefined],
  ['im:5551112222@example.com', undefined],
  ['callto:5551112222', undefined],
  ['Anna 5551112222', undefined],
  ['5551112222 Anna', undefined],
  ['5551112222@example.com', undefined],
];

for (const [address, masked] of MASKED) {
  test(`mask turns ${address} into ${masked ?? 'nothing: it is not a number'}`, (t) => {
    t.is(redactPhoneNumber(address, 'mask'), masked);
  });
}

test('include passes every address as it is, omit passes none', (t) => {
  for (const [address] of MASKED) {
    t.is(redactPhoneNumber(address, 'include'), address);
    t.is(redactPhoneNumber(address, 'omit'), undefined);
  }
});

test('an absent address stays absent under every rule', (t) => {
  for (const rule of ['omit', 'mask', 'include'] as const) t.is(redactPhoneNumber(undefined, rule), undefined);
});

test('whatever the number, mask shows its last four digits and no other', (t) => {
  const census = new Census();
  const digits = fc.array(fc.constantFrom(...'0123456789 ().-'), { maxLength: 16, size: 'max' });
  const number = fc
    .tuple(fc.constantFrom('', 'tel:', '+', 'tel:+'), fc.constantFrom(...'0123456789'), digits)
    .map(([prefix, first, more]) => prefix + first + more.join(''));
  const property = fc.property(number, (address) => {
    const masked = redactPhoneNumber(address, 'mask') ?? '';
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
    const masked = redactPhoneNumber(address, 'mask') ?? '';
    assert.ok(masked.replace(/\D/g, '').length <= 4);
    assert.doesNotMatch(masked.replace(/^tel:/i, ''), /\p{L}/u);
  });
  holds(t, property);
});

const TEXTS: readonly [text: string, mask: string, omit: string | undefined][] = [
  ['Campaign stopped', 'Campaign stopped', 'Campaign stopped'],
  ['+13175550101 is invalid', '+*******0101 is invalid', '+ is invalid'],
  ['from 5551234567 to 5557654321.', 'from ******4567 to ******4321.', 'from  to .'],
  ['123456 of 1234567', '123456 of ***4567', '123456 of '],
  ['1234567', '***4567', undefined],
  ['line 12, try 3', 'line 12, try 3', 'line 12, try 3'],
];

for (const [text, mask, omit] of TEXTS) {
  test(`the numbers in the text: ${text}`, (t) => {
    t.is(redactText(text, 'mask'), mask);
    t.is(redactText(text, 'omit'), omit);
    t.is(redactText(text, 'include'), text);
  });
}

test('an absent text stays absent under every rule', (t) => {
  for (const rule of ['omit', 'mask', 'include'] as const) t.is(redactText(undefined, rule), undefined);
});

test('whatever the text, mask leaves no run of seven digits and everything that is no digit', (t) => {
  const census = new Census();
  const text = fc.array(fc.constantFrom('1', '22', '4444', '7777777', 'x', ' ', 'ü😀'), { maxLength: 20, size: 'max' });
  const property = fc.property(text, (parts) => {
    const text = parts.join('');
    const masked = redactText(text, 'mask') ?? '';
    census.saw('a number', /\d{7}/.test(text));
    assert.doesNotMatch(masked, /\d{7}/);
    assert.equal(
      masked,
      text.replace(/\d{7,}/g, (run) => '*'.repeat(run.length - 4) + run.slice(-4)),
    );
    assert.equal(redactText(text, 'omit') ?? '', text.replace(/\d{7,}/g, ''));
  });
  holds(t, property);
  census.atLeast(t, { 'a number': 50 });
});
