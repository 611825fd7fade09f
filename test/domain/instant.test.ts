import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { formatInstant, futureProblem, parseInstant } from '../../src/domain/instant.ts';
import { Census, holds } from './support/property.ts';

// Milliseconds by `date -u -d '2026-11-20T10:00:02Z' +%s`.
const TEN_O_TWO = 1_795_168_802_000;

const SAME: readonly [text: string, ms: number][] = [
  ['2026-11-20T10:00:02Z', TEN_O_TWO],
  ['2026-11-20T10:00:02.5Z', TEN_O_TWO + 500],
  ['2026-11-20T10:00:02.05Z', TEN_O_TWO + 50],
  ['2026-11-20T10:00:02.123Z', TEN_O_TWO + 123],
  ['2026-11-20T10:00:02.123456Z', TEN_O_TWO + 123],
  ['2026-11-20T10:00:02.999999999Z', TEN_O_TWO + 999],
  ['2026-11-20T10:00:02+00:00', TEN_O_TWO],
  ['2026-11-20T10:00:02-00:00', TEN_O_TWO],
  ['2026-11-20T10:00:02.000+0000', TEN_O_TWO],
  ['2026-11-20T11:00:02+01:00', TEN_O_TWO],
  ['2026-11-21T00:00:02+14:00', TEN_O_TWO],
  ['2026-11-20T15:30:02+05:30', TEN_O_TWO],
  ['2026-11-20T06:30:02-03:30', TEN_O_TWO],
  ['2026-11-19T22:00:02-12:00', TEN_O_TWO],
  ['2026-11-21T09:30:02+23:30', TEN_O_TWO],
  ['2026-11-19T14:00:02-20:00', TEN_O_TWO],
  ['2026-11-20T10:00Z', TEN_O_TWO - 2_000],
  ['2026-11-20t10:00:02z', TEN_O_TWO],
  ['2026-11-20 10:00:02,5 Z', TEN_O_TWO + 500],
  ['2026-11-20 11:00:02 +01:00', TEN_O_TWO],
];

for (const [text, ms] of SAME) {
  test(`${text} is read as the instant it denotes`, (t) => {
    t.is(parseInstant(text), ms);
  });
}

const DATES: readonly [text: string, ms: number][] = [
  ['1970-01-01T00:00:00.000Z', 0],
  ['1969-12-31T23:59:59.999Z', -1],
  ['2024-02-29T12:00:00.000Z', 1_709_208_000_000],
  ['2000-02-29T00:00:00.000Z', 951_782_400_000],
  ['0001-01-01T00:00:00.000Z', -62_135_596_800_000],
  ['0000-01-01T00:00:00.000Z', -62_167_219_200_000],
  ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
];

for (const [text, ms] of DATES) {
  test(`${text} is read and written alike`, (t) => {
    t.is(parseInstant(text), ms);
    t.is(formatInstant(ms), text);
  });
}

const REFUSED: readonly [why: string, value: unknown][] = [
  ['without a zone it would be another instant on every host', '2026-11-20T10:00:02'],
  ['a date alone is no instant', '2026-11-20'],
  ['a time alone is no instant', '10:00:02Z'],
  ['30 February does not exist', '2026-02-30T10:00:00Z'],
  ['29 February does not exist in 2026', '2026-02-29T10:00:00Z'],
  ['29 February did not exist in 1900', '1900-02-29T10:00:00Z'],
  ['31 November does not exist', '2026-11-31T10:00:00Z'],
  ['there is no thirteenth month', '2026-13-01T10:00:00Z'],
  ['there is no month zero', '2026-00-10T10:00:00Z'],
  ['there is no day zero', '2026-11-00T10:00:00Z'],
  ['there is no 25th hour', '2026-11-20T25:00:00Z'],
  ['there is no minute 60', '2026-11-20T10:60:00Z'],
  ['there is no second 61', '2026-11-20T10:00:61Z'],
  ['no zone is a day away', '2026-11-20T10:00:02+24:00'],
  ['something stands between the instant and its zone', '2026-11-20T10:00:02,Z'],
  ['no zone is 99 hours away', '2026-11-20T10:00:02+99:00'],
  ['no zone has 75 minutes', '2026-11-20T10:00:02+01:75'],
  ['text follows the instant', '2026-11-20T10:00:02Z and more'],
  ['text precedes the instant', 'at 2026-11-20T10:00:02Z'],
  ['a line break follows the instant', '2026-11-20T10:00:02Z\n'],
  ['it is written in words', 'Fri, 20 Nov 2026 10:00:02 GMT'],
  ['the year has six digits', '+012026-11-20T10:00:02Z'],
  ['the instant is after the year 9999 in UTC', '9999-12-31T23:59:59-01:00'],
  ['the instant is before the year 0 in UTC', '0000-01-01T00:00:00+01:00'],
  ['it is empty', ''],
  ['it is a number', TEN_O_TWO],
  ['it is a number as text', '1795168802000'],
  ['it is null', null],
  ['it is absent', undefined],
  ['it is a boolean', true],
  ['it is a list', ['2026-11-20T10:00:02Z']],
  ['it is an object', { time: '2026-11-20T10:00:02Z' }],
];

for (const [why, value] of REFUSED) {
  test(`no instant: ${JSON.stringify(value)}, because ${why}`, (t) => {
    t.is(parseInstant(value), undefined);
  });
}

test('an instant is always written with exactly three digits, in UTC', (t) => {
  t.is(formatInstant(TEN_O_TWO), '2026-11-20T10:00:02.000Z');
  t.is(formatInstant(TEN_O_TWO + 7), '2026-11-20T10:00:02.007Z');
});

test('every instant that is written is read back as itself, from any zone', (t) => {
  const census = new Census();
  const date = fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true });
  const property = fc.property(date, fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, offset) => {
    census.saw('a zone other than UTC', offset !== 0);
    const zone = `${offset < 0 ? '-' : '+'}${twoDigits(Math.abs(offset) / 60)}:${twoDigits(Math.abs(offset) % 60)}`;
    const local = new Date(date.getTime() + offset * 60_000).toISOString().replace('Z', zone);
    assert.equal(parseInstant(local), date.getTime());
    assert.equal(formatInstant(date.getTime()), date.toISOString());
  });
  holds(t, property);
  census.atLeast(t, { 'a zone other than UTC': 100 });
});

test('any text is either refused or names one instant that survives being written', (t) => {
  const census = new Census();
  const number = fc.integer({ min: 0, max: 99 }).map(twoDigits);
  const zone = fc.constantFrom('Z', 'z', '', '+01:00', '-11:30', '+24:00', ' Z');
  const nearly = fc
    .tuple(fc.constantFrom('2026', '0000', '9999', '12026'), number, number, number, zone)
    .map(([year, month, day, minute, zone]) => `${year}-${month}-${day}T09:${minute}:07${zone}`);
  const plausible = nearly.map((text) => text.replace(/-\d\d-\d\d/, '-11-17').replace(/T09:\d\d/, 'T09:08'));
  const property = fc.property(fc.oneof(fc.string(), nearly, plausible), (text) => {
    const instant = parseInstant(text);
    census.saw(instant === undefined ? 'refused' : 'read');
    if (instant === undefined) return;
    assert.match(formatInstant(instant), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(parseInstant(formatInstant(instant)), instant);
  });
  holds(t, property);
  census.atLeast(t, { refused: 50, read: 20 });
});

function twoDigits(number: number): string {
  return `${Math.floor(number)}`.padStart(2, '0');
}

test('a time that has to be past may be now, and not a millisecond later', (t) => {
  t.is(futureProblem('--since', TEN_O_TWO, TEN_O_TWO), undefined);
  t.is(futureProblem('--since', TEN_O_TWO + 1, TEN_O_TWO), '--since 2026-11-20T10:00:02.001Z is in the future');
});
