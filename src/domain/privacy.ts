/**
 * What happens to the telephone numbers that are published: ani, dnis, and those in the texts of the dialer's
 * event log.
 */
export type PhoneNumbers = 'omit' | 'mask' | 'include';

/** Digits that `mask` leaves readable at the end of a number. */
const SHOWN = 4;
/** A run of so many digits in a text counts as a telephone number. */
const SHORTEST_NUMBER_IN_TEXT = 7;
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
 * The text with the numbers in it guarded: under `mask` each shows its last four digits, under `omit` none.
 * Undefined if nothing is left of it.
 */
export function redactText(text: string | undefined, rule: PhoneNumbers): string | undefined {
  if (text === undefined || rule === 'include') return text;
  let guarded = '';
  for (let at = 0; at < text.length; ) {
    const end = endOfRun(text, at, isDigit(text, at));
    const run = text.slice(at, end);
    const isNumber = isDigit(text, at) && run.length >= SHORTEST_NUMBER_IN_TEXT;
    if (!isNumber) guarded += run;
    else if (rule === 'mask') guarded += '*'.repeat(run.length - SHOWN) + run.slice(-SHOWN);
    at = end;
  }
  return guarded === '' ? undefined : guarded;
}

function masked(address: string): string | undefined {
  const colon = address.indexOf(':');
  const scheme = colon < 0 ? '' : address.slice(0, colon).toLowerCase();
  const rest = address.slice(colon + 1);
  if (scheme === '') return colon < 0 ? maskedNumber(rest) : undefined;
  if (scheme === 'tel') return prefixed(address.slice(0, colon + 1), maskedNumber(rest));
  return scheme === 'sip' || scheme === 'sips' ? prefixed('tel:', maskedNumber(userOf(rest))) : undefined;
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
  const parameters = user.indexOf(';');
  const number = parameters < 0 ? user : user.slice(0, parameters);
  return number.toLowerCase().startsWith('%2b') ? `+${number.slice(3)}` : number;
}

/** Undefined for what is not a number: digits, perhaps after a `+`, perhaps with separators between them. */
function maskedNumber(number: string): string | undefined {
  const start = number.startsWith('+') ? 1 : 0;
  let digits = 0;
  for (let at = start; at < number.length; at++) {
    if (isDigit(number, at)) digits++;
    else if (!SEPARATORS.has(number.charAt(at))) return undefined;
  }
  if (digits === 0) return undefined;
  let toHide = digits - SHOWN;
  let shown = '';
  for (let at = 0; at < number.length; at++) shown += isDigit(number, at) && toHide-- > 0 ? '*' : number.charAt(at);
  return shown;
}

function endOfRun(text: string, start: number, ofDigits: boolean): number {
  let end = start;
  while (end < text.length && isDigit(text, end) === ofDigits) end++;
  return end;
}

/** `0` to `9`: telephone numbers are written in no other digits. */
function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}
