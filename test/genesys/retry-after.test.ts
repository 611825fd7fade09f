import test from 'ava';
import { RequestedWaits, retryAfter } from '../../src/genesys/retry-after.ts';
import { answer } from './support/scripted-genesys.ts';

const NOW = Date.parse('2026-11-20T10:00:00.000Z');

function waitOf(headers: Record<string, string>, body: unknown = {}): number | undefined {
  return retryAfter(answer(429, body, headers), NOW);
}

test('Retry-After in seconds is a wait of so many seconds', (t) => {
  t.is(waitOf({ 'retry-after': '59' }), 59_000);
  t.is(waitOf({ 'retry-after': ' 1 ' }), 1_000);
  t.is(waitOf({ 'retry-after': '0.5' }), 500);
});

test('Retry-After as a date is counted from the time of the answer, whatever our clock says', (t) => {
  const date = 'Fri, 20 Nov 2026 12:30:00 GMT';
  t.is(waitOf({ 'retry-after': 'Fri, 20 Nov 2026 12:30:45 GMT', date }), 45_000);
});

test('Retry-After as a date is counted from our clock where the answer bears no time', (t) => {
  t.is(waitOf({ 'retry-after': 'Fri, 20 Nov 2026 10:00:45 GMT' }), 45_000);
  t.is(waitOf({ 'retry-after': 'Fri, 20 Nov 2026 10:00:45 GMT', date: 'some day' }), 45_000);
});

test("without the header, the seconds in Genesys's message count", (t) => {
  const message = 'Rate limit exceeded the maximum. Retry the request in [59] seconds';
  t.is(waitOf({}, { message }), 59_000);
  t.is(waitOf({ 'retry-after': 'soon' }, { message }), 59_000);
});

test('the header overrules the message', (t) => {
  t.is(waitOf({ 'retry-after': '7' }, { message: 'Retry the request in [59] seconds' }), 7_000);
});

test('nothing usable is undefined: nothing said, no time, the past, zero', (t) => {
  t.is(waitOf({}), undefined);
  t.is(waitOf({ 'retry-after': '' }, 'no JSON'), undefined);
  t.is(waitOf({ 'retry-after': 'Fri, 20 Nov 2026 09:59:00 GMT' }), undefined);
  t.is(waitOf({ 'retry-after': '0' }), undefined);
  t.is(waitOf({ 'retry-after': '-5' }), undefined);
});

test('a garbled header never holds the poller for more than ten minutes', (t) => {
  t.is(waitOf({ 'retry-after': '1000000000' }), 600_000);
  t.is(waitOf({ 'retry-after': 'Fri, 20 Nov 2126 10:00:45 GMT' }), 600_000);
  t.is(waitOf({}, { message: 'Retry the request in [5900] seconds' }), 600_000);
});

test('the waits of one request together are ten minutes at most', (t) => {
  const waits = new RequestedWaits();
  t.deepEqual(
    [59_000, 541_000, 0, 1].map((wait) => waits.admit(wait)),
    [true, true, true, false],
  );
});
