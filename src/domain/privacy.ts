/**
 * What happens to the telephone numbers that are published: ani, dnis, and those in the texts of the dialer's
 * event log.
 */
export type PhoneNumbers = 'omit' | 'mask' | 'include';

/** Digits that `mask` leaves readable at the end of a number. */
const SHOWN = 4;
/** A run of so many digits in a text counts as a telephone number. */
const MIN_NUMBER_IN_TEXT = 7;
/** Besides digits: what people and programs write between the digits of a number. */
const SEPARATORS = new Set(' ().-\t\n\v\f\r\u00a0');

/**
 * The number as it may be published, undefined if it may not. `mask` keeps the last four digits and turns
 * every other digit into `*`. Of a SIP URI whose user part is a number that number is left, as `tel:`; any
 * other address that is not a number (an e-mail address, a SIP user by name) tells who it belongs to and is
 * left out.
 *
 * Every rule reads the text once, character by character: a regular expression that tries again at each digit
 * takes seconds for a hostile text of some ten thousand digits.
 */
export function redactPhoneNumber(address: string | undefined, rule: PhoneNumbers): string | undefined {
  if (address === undefined || rule === 'omit') return undefined;
  return rule === 'include' ? address : masked(address);
}

/**
 * The text with the numbers in it redacted: under `mask` each shows its last four digits, under `omit` none.
 * Undefined if nothing is left of it.
 */
export function redactText(text: string | undefined, rule: PhoneNumbers): string | undefined {
  if (text === undefined || rule === 'include') return text;
  let redacted = '';
  let digits = '';
  for (const character of text) {
    if (isDigit(character)) {
      digits += character;
    } else {
      redacted += redactedDigits(digits, rule) + character;
      digits = '';
    }
  }
  redacted += redactedDigits(digits, rule);
  return redacted === '' ? undefined : redacted;
}

function redactedDigits(digits: string, rule: 'omit' | 'mask'): string {
  if (digits.length < MIN_NUMBER_IN_TEXT) return digits;
  return rule === 'mask' ? '*'.repeat(digits.length - SHOWN) + digits.slice(-SHOWN) : '';
}

function masked(address: string): string | undefined {
  const scheme = address.slice(0, address.indexOf(':') + 1);
  const rest = address.slice(scheme.length);
  const type = scheme.toLowerCase();
  if (type === 'sip:' || type === 'sips:') return prefixed('tel:', maskedNumber(userOf(rest)));
  return type === '' || type === 'tel:' ? prefixed(scheme, maskedNumber(rest)) : undefined;
}

function prefixed(prefix: string, number: string | undefined): string | undefined {
  return number === undefined ? undefined : prefix + number;
}

/**
 * The user part of a SIP URI without its parameters (RFC 3261, 19.1.1); empty where there is none. A `+` may
 * be escaped.
 */
function userOf(uri: string): string {
  const user = uri.slice(0, Math.max(0, uri.indexOf('@')));
  const number = user.slice(0, `${user};`.indexOf(';'));
  return number.toLowerCase().startsWith('%2b') ? `+${number.slice(3)}` : number;
}

/** Undefined for what is not a number: digits, perhaps after a `+`, perhaps with separators between them. */
function maskedNumber(number: string): string | undefined {
  let digits = 0;
  for (const character of number.startsWith('+') ? number.slice(1) : number) {
    if (isDigit(character)) digits++;
    else if (!SEPARATORS.has(character)) return undefined;
  }
  if (digits === 0) return undefined;
  let toHide = digits - SHOWN;
  let shown = '';
  for (const character of number) shown += isDigit(character) && toHide-- > 0 ? '*' : character;
  return shown;
}

/** `0` to `9`: telephone numbers are written in no other digits. */
function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}
