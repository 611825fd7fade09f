import test from 'ava';
import { awaitOwnership } from '../../src/app/ownership.ts';
import { everyObserver } from '../../src/ports/stream-observer.ts';
import { everyCycleLine, type Sign, signsOf } from '../support/cycle-reports.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { trouble } from '../support/wire.ts';

function desk(...failures: readonly Error[]) {
  const clock = new ManualClock();
  const log = recordedLog();
  const signs: Sign[] = [];
  const stop = new AbortController();
  const left = [...failures];
  let attempts = 0;
  const assertOwnership = async () => {
    attempts++;
    const failure = left.shift();
    if (failure) throw failure;
  };
  const observer = everyObserver(everyCycleLine({ log, clock }), signsOf(signs));
  const streams = ['conversations', 'event-log'];
  const outlasted = (isReload = false) =>
    awaitOwnership({ assertOwnership, streams, clock, observer, signal: stop.signal, isReload });
  return { clock, log, signs, stop, outlasted, attempts: () => attempts };
}

test('trouble is logged for every stream, and outlasted with growing pauses', async (t) => {
  const d = desk(trouble('genesys.unreachable'), trouble('table.unavailable'));
  await d.outlasted();
  t.is(d.attempts(), 3);
  t.deepEqual(
    d.log.lines.map(({ event, stream, code }) => [event, stream, code]),
    [
      ['cycle.failed', 'conversations', 'genesys.unreachable'],
      ['cycle.failed', 'event-log', 'genesys.unreachable'],
      ['cycle.failed', 'conversations', 'table.unavailable'],
      ['cycle.failed', 'event-log', 'table.unavailable'],
    ],
  );
  t.like(d.signs[0], { stream: 'conversations', outcome: 'failed', code: 'genesys.unreachable' });
  t.deepEqual(d.clock.slept, [750, 1_500]);
});

test('an organisation that is not told yet is trouble like any other, and is named', async (t) => {
  const d = desk(trouble('organisation.unknown'));
  await d.outlasted();
  t.is(d.attempts(), 2);
  t.like(d.log.lines, { 0: { event: 'cycle.failed', code: 'organisation.unknown' } });
});

test('another organisation ends it at once', async (t) => {
  const d = desk(trouble('organisation.mismatch'));
  await t.throwsAsync(d.outlasted(), { message: /It did not work/ });
  t.is(d.attempts(), 1);
});

test('after a reload another organisation is trouble like any other: logged as such, and outlasted', async (t) => {
  const mismatches = Array.from({ length: 9 }, () => trouble('organisation.mismatch'));
  const d = desk(...mismatches);
  await d.outlasted(true);
  t.is(d.attempts(), 10);
  t.deepEqual(
    d.signs.map((sign) => [sign.stream, 'code' in sign && sign.code]),
    mismatches.flatMap(({ code }) => [
      ['conversations', code],
      ['event-log', code],
    ]),
  );
  t.like(d.log.lines, { 0: { event: 'cycle.failed', code: 'organisation.mismatch' } });
  t.deepEqual(d.clock.slept.slice(0, 3), [750, 1_500, 3_000]);
});

test('a stop ends the wait for the right organisation too', async (t) => {
  const d = desk(...Array.from({ length: 9 }, () => trouble('organisation.mismatch')));
  const outlasted = d.outlasted(true);
  d.stop.abort(new Error('stopped'));
  await outlasted;
  t.is(d.attempts(), 1);
});

test('a stop ends the wait, and no attempt follows', async (t) => {
  const d = desk(trouble('genesys.unreachable'));
  d.stop.abort(new Error('stopped'));
  await d.outlasted();
  t.is(d.attempts(), 0);
});
