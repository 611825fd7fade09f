import test from 'ava';
import { claimPatiently } from '../../src/app/claim.ts';
import { everyObserver } from '../../src/ports/stream-observer.ts';
import { recordedLog } from '../support/call.ts';
import { everyCycleLine, type Sign, signsOf } from '../support/cycle-reports.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { trouble } from '../support/wire.ts';

function desk(...failures: readonly Error[]) {
  const clock = new ManualClock();
  const log = recordedLog();
  const signs: Sign[] = [];
  const stop = new AbortController();
  const left = [...failures];
  let claims = 0;
  const claim = async () => {
    claims++;
    const failure = left.shift();
    if (failure) throw failure;
  };
  const observer = everyObserver(everyCycleLine({ log, clock }), signsOf(signs));
  const streams = ['conversations', 'event-log'];
  const claimed = () => claimPatiently({ claim, streams, clock, observer, signal: stop.signal });
  return { clock, log, signs, stop, claimed, claims: () => claims };
}

test('trouble is told for every stream, and outlasted with growing pauses', async (t) => {
  const d = desk(trouble('genesys.unreachable'), trouble('table.unavailable'));
  await d.claimed();
  t.is(d.claims(), 3);
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

test('another organisation ends it at once', async (t) => {
  const d = desk(trouble('organisation.mismatch'));
  await t.throwsAsync(d.claimed(), { message: /It did not work/ });
  t.is(d.claims(), 1);
});

test('a stop ends the wait, and whatever a claim says then', async (t) => {
  const d = desk(trouble('genesys.unreachable'));
  d.stop.abort(new Error('stopped'));
  await d.claimed();
  t.is(d.claims(), 0);
});
