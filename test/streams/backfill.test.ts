import test from 'ava';
import { DAY, HOUR, MINUTE } from '../pipeline/fixture.ts';
import { callOf, desk, YESTERDAY } from './support/backfill.ts';

test('the period is read in windows of six hours from an hour before it, oldest first', async (t) => {
  const d = desk();
  t.deepEqual(await d.start().outcome, { status: 'completed' });
  t.deepEqual(d.jobs.of('submit'), [
    '18T23:00–19T05:00',
    '19T05:00–19T11:00',
    '19T11:00–19T17:00',
    '19T17:00–19T23:00',
    '19T23:00–20T00:00',
  ]);
  t.is(d.checkpoint()?.watermark, YESTERDAY.end);
  t.is(d.state.leases.get('backfill')?.holder, '');
});

test('the events of the period are published, its first millisecond included, its end not, and no others', async (t) => {
  const d = desk([
    callOf('before', -3, -1),
    callOf('first', -1, 0),
    callOf('inside', 5, 7),
    callOf('last', 23, 24),
    callOf('long', -30, 30),
  ]);
  await d.start().outcome;
  t.deepEqual(d.published(), ['first 0', 'inside 5', 'inside 7', 'last 23']);
});

test('an event that was dated after its conversation had ended is found, an hour late at most', async (t) => {
  const wrappedUp = {
    ...callOf('late', -2, -0.9),
    participants: [
      {
        participantId: 'p',
        purpose: 'agent',
        sessions: [
          {
            sessionId: 's',
            segments: [
              {
                segmentType: 'wrapup',
                segmentStart: new Date(YESTERDAY.start - MINUTE).toISOString(),
                segmentEnd: new Date(YESTERDAY.start + MINUTE).toISOString(),
                wrapUpCode: 'ININ-WRAP-UP-TIMEOUT',
              },
            ],
          },
        ],
      },
    ],
  };
  const d = desk([wrappedUp]);
  await d.start().outcome;
  t.deepEqual(
    d.bus.accepted.map(({ event }) => event.eventType),
    ['dispositionSet'],
  );
});

test('every event is marked with the stream it came by', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  await d.start().outcome;
  const streams = d.bus.accepted.map(({ detail }) => JSON.parse(detail).metadata.stream);
  t.deepEqual(streams, ['backfill', 'backfill']);
});

test('what is in the dedup table is not published again, not even by a second backfill', async (t) => {
  const d = desk([callOf('c', 5, 7)]);
  await d.start().outcome;
  const [first] = d.bus.acceptedIds;
  t.is(d.bus.accepted.length, 2);
  await d.start().outcome;
  t.is(d.bus.accepted.length, 2);
  d.table.items.delete(first ?? '');
  await d.start().outcome;
  t.deepEqual(d.bus.acceptedIds.slice(2), [first]);
});

test('what is not of the scope is left out', async (t) => {
  const d = desk([{ ...callOf('c', 5, 7), originatingDirection: 'inbound' }]);
  await d.start().outcome;
  t.deepEqual(d.published(), []);
});

test('with --allow-repeats everything is published that is not remembered, however old', async (t) => {
  const d = desk([callOf('ancient', -24 * 30, -24 * 30 + 1)]);
  const period = { start: YESTERDAY.start - 31 * DAY, end: YESTERDAY.start - 29 * DAY };
  t.deepEqual(await d.start({ period, allowRepeats: true }).outcome, { status: 'completed' });
  t.is(d.bus.accepted.length, 2);
  t.deepEqual(await d.start({ period, allowRepeats: true }).outcome, { status: 'completed' });
  t.is(d.bus.accepted.length, 2, 'what is remembered is not repeated');
  t.deepEqual(d.logged('gap.detected'), []);
});

test('progress is reported at the beginning, with every page and after every window', async (t) => {
  const d = desk([callOf('a', 1, 2), callOf('b', 6, 7)]);
  const run = d.start();
  await run.outcome;
  t.deepEqual(
    run.progress.map(({ watermark, conversations, published }) => [
      (watermark - YESTERDAY.start) / HOUR,
      conversations,
      published,
    ]),
    [
      [0, 0, 0],
      [0, 1, 0],
      [5, 1, 2],
      [5, 2, 2],
      [11, 2, 4],
      [11, 2, 4],
      [17, 2, 4],
      [17, 2, 4],
      [23, 2, 4],
      [23, 2, 4],
      [24, 2, 4],
    ],
  );
  t.true(run.progress.every(({ begunAt }) => begunAt === YESTERDAY.start));
});

test('its lease holds its last cycle, for readers of the status', async (t) => {
  const d = desk([callOf('c', 23, 23.5)]);
  await d.start().outcome;
  t.like(d.state.lastCycles.get('backfill'), { outcome: 'completed', published: 2 });
});
