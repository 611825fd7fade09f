import test, { type ExecutionContext } from 'ava';
import type { Window } from '../../src/domain/window.ts';
import { type Fact, factId } from '../../src/sandbox/genesys/facts.ts';
import { during } from '../support/wire.ts';
import { DAY, HOUR, type LongRun, longRun, MINUTE } from './support/long-run.ts';

/** Everything that had to be on the bus is there, once, and nothing else. */
function assertComplete(t: ExecutionContext, run: LongRun): void {
  const { delivered, lost, repeated, invented } = run.verdict();
  t.true(delivered > 0);
  t.deepEqual({ lost: lost.length, repeated, invented: invented.length }, { lost: 0, repeated: 0, invented: 0 });
}

test('a week and a half of late facts, midnights, e-mails, changed codes, restarts and three days of outage: every event once', async (t) => {
  const run = longRun({
    start: '2026-11-16T00:30:00.000Z',
    world: {
      callsPerMinute: 0.1,
      mix: { email: 4 },
      emailMs: [20 * HOUR, 100 * HOUR],
      delayMs: [0, 4 * MINUTE],
      latecomers: {
        share: 0.8,
        by: [
          [5_000, 20_000],
          [2 * HOUR, 10 * HOUR],
          [20 * HOUR, 44 * HOUR],
        ],
        changed: 0.1,
      },
    },
    settings: { horizon: 5 * DAY },
  });
  const { clock, world } = run;
  const start = clock.now();
  await run.pollUntil(run.startProcess(), start + 2 * DAY);
  const outage = { start: clock.now(), end: clock.now() + 3 * DAY };
  clock.pause(outage.end - outage.start);

  // Twice a day the process ends, while it waits for a job.
  for (let half = 0; half < 4; half++) {
    const stop = new AbortController();
    run.wire.script(
      'job.write',
      during(() => stop.abort(new Error('stopped by SIGTERM'))),
    );
    await run.pollUntil(run.startProcess(), clock.now() + 6 * HOUR, { stop: stop.signal });
    await run.pollUntil(run.startProcess(), clock.now() + 6 * HOUR);
  }
  world.stopNewCalls(clock.now());
  const over = world.finalAt() + DAY + 5 * HOUR;
  await run.pollUntil(run.startProcess(), over, { every: HOUR });

  const facts = run.expected().filter((fact) => fact.goneAt === undefined);
  const by = run.byStream();
  const later = (ms: number) => facts.filter((fact) => fact.visibleAt - fact.timestamp > ms).length;
  const crossing = new Set(facts.filter(isOfAnotherDay).map((fact) => fact.conversationId)).size;
  t.log(`${facts.length} events in ${((over - start) / DAY).toFixed(1)} days, all on the bus once`);
  t.log(`shown more than 5 minutes late ${later(5 * MINUTE)}, more than a day ${later(DAY)}`);
  t.log(`conversations that end on another day than they began ${crossing}`);
  t.log(
    `found by the live query ${by.conversations}, by reconciliation ${by.reconciliation}, in the event log ${by['event-log']}`,
  );
  const waits = waitsBeyondTheLake(run, outage);
  const median = waits[Math.floor(waits.length / 2)] ?? Number.POSITIVE_INFINITY;
  const longest = waits.at(-1) ?? Number.POSITIVE_INFINITY;
  const jobRequests = [...run.requests].filter(([endpoint]) => endpoint.includes('/jobs'));
  const perHour = jobRequests.reduce((sum, [, count]) => sum + count, 0) / ((over - start) / HOUR);
  t.log(`${waits.length} shown after the lake had guaranteed their time`);
  t.log(`found after ${written(median)} in the median, ${written(longest)} at most`);
  t.log(`requests for jobs ${perHour.toFixed(1)} an hour`);
  assertComplete(t, run);
  t.true(waits.length > 100 && median <= 3.5 * HOUR && longest <= 8 * HOUR);
  t.true(later(DAY) > 25 && crossing > 20 && (by.reconciliation ?? 0) > 100 && (by['event-log'] ?? 0) > 50);
  const missed = run.logged('cycle.completed').reduce((sum, line) => sum + Number(line.missed ?? 0), 0);
  t.is(missed, by.reconciliation ?? 0);
});

test('tooOld is exact: what is older than the beginning is counted once each, however often it is met', async (t) => {
  const run = longRun({
    start: '2026-11-16T22:00:00.000Z',
    world: {
      historyMs: 12 * HOUR,
      historyPerMinute: 0.3,
      callsPerMinute: 0.2,
      mix: { email: 5 },
      emailMs: [10 * HOUR, 20 * HOUR],
      latecomers: { changed: 0 },
    },
  });
  await run.pollUntil(run.startProcess(), run.clock.now() + 26 * HOUR, { every: 10 * MINUTE });
  const origin = run.state.checkpoints.get('conversations')?.origin ?? Number.NaN;
  const skipped = [...run.world.facts()].filter(
    (fact) => fact.timestamp < origin && run.isInScope(fact) && run.served.has(fact.conversationId),
  );
  const counted = tooOldOf(run);
  t.log(`${counted} events of conversations that began before the poller did`);
  t.is(counted, new Set(skipped.map(factId)).size);
  t.true(counted > 20);
});

test('away for longer than the deduplication period: the gap is reported with both ends, and every event in it is counted', async (t) => {
  const run = longRun({
    start: '2026-11-02T08:30:00.000Z',
    world: { callsPerMinute: 0.05, logPerMinute: 0, latecomers: { changed: 0 } },
  });
  const { clock } = run;
  await run.pollUntil(run.startProcess(), clock.now() + 12 * HOUR);
  const left = run.state.checkpoints.get('conversations')?.watermark ?? Number.NaN;
  const known = new Set(run.bus.acceptedIds);
  run.log.lines.length = 0;
  run.served.clear();
  clock.pause(12 * DAY);
  const back = clock.now();
  await run.pollUntil(run.startProcess(), back + 2 * DAY);

  const oldest = back - 6 * DAY;
  const [gap] = run.logged('gap.detected');
  t.is(gap?.stream, 'conversations');
  t.is(gap?.gapStart, new Date(left).toISOString());
  t.true(Math.abs(Date.parse(String(gap?.gapEnd)) - oldest) < HOUR);

  const onTheBus = new Set(run.bus.acceptedIds);
  const served = [...run.world.facts()].filter((fact) => run.isInScope(fact) && run.served.has(fact.conversationId));
  const missing = served.filter((fact) => fact.timestamp < oldest + HOUR && !onTheBus.has(factId(fact)));
  // Its memory of what it published before it went away has lapsed: it counts that too, where it meets it
  // again.
  const forgotten = served.filter((fact) => known.has(factId(fact)));
  t.log(`${missing.length} events of six days not published, and counted`);
  t.is(tooOldOf(run), missing.length + forgotten.length);
  t.true(missing.length > 500);
});

test('a change that shows a horizon less a day after the end is found; one beyond the horizon is not', async (t) => {
  const run = longRun({ start: '2026-11-16T06:30:00.000Z', world: { callsPerMinute: 0, logPerMinute: 0 } });
  const { clock, world } = run;
  const end = clock.now() + HOUR;
  const codesAfter = { inTime: 2 * DAY, tooLate: 5 * DAY };
  for (const [name, after] of Object.entries(codesAfter)) {
    const ended = callThatEnded(name, end);
    world.add([
      { at: end, record: ended() },
      { at: end + after, record: ended({ wrapUpCode: 'LATE' }) },
    ]);
  }
  await run.pollUntil(run.startProcess(), end + 7 * DAY, { every: HOUR });
  const late = run.bus.accepted.filter(({ event }) => event.eventType === 'dispositionSet');
  t.deepEqual(
    late.map(({ event }) => event.data.conversationId),
    ['inTime'],
  );
});

/** By how much the lake of the simulated Genesys is behind, milliseconds. */
const LAKE_LAG = 4 * HOUR;

/**
 * For each fact that showed only after the lake had guaranteed its time, and that reconciliation found: how
 * long it took from then to the bus, milliseconds, ascending. What showed while the poller was away, or too
 * shortly before to be found in time, waited for the poller, not for its schedule, and is left out.
 */
function waitsBeyondTheLake(run: LongRun, outage: Window): readonly number[] {
  const found = new Map<string, number>();
  for (const { event, detail } of run.bus.accepted) {
    const { stream, publishedAt } = (JSON.parse(detail) as { metadata: { stream: string; publishedAt: string } })
      .metadata;
    if (stream === 'reconciliation') found.set(event.id, Date.parse(publishedAt));
  }
  return run
    .expected()
    .filter(({ timestamp, visibleAt }) => visibleAt > timestamp + LAKE_LAG)
    .filter(({ visibleAt }) => visibleAt < outage.start - 7 * HOUR || visibleAt >= outage.end)
    .flatMap((fact) => {
      const publishedAt = found.get(factId(fact));
      return publishedAt === undefined ? [] : [publishedAt - fact.visibleAt];
    })
    .sort((a, b) => a - b);
}

function written(ms: number): string {
  return `${Math.floor(ms / HOUR)} h ${Math.round((ms % HOUR) / MINUTE)} min`;
}

/** A call of ten minutes as its record shows it in the end, with more in its only segment. */
function callThatEnded(conversationId: string, end: number) {
  const segmentStart = new Date(end - 10 * MINUTE).toISOString();
  const segmentEnd = new Date(end).toISOString();
  return (more: object = {}) => ({
    conversationId,
    conversationStart: segmentStart,
    conversationEnd: segmentEnd,
    originatingDirection: 'outbound',
    participants: [
      {
        purpose: 'customer',
        sessions: [{ segments: [{ segmentType: 'interact', segmentStart, segmentEnd, ...more }] }],
      },
    ],
  });
}

function tooOldOf(run: LongRun): number {
  return run.log.lines.reduce((sum, line) => sum + Number(line.tooOld ?? 0), 0);
}

function isOfAnotherDay({ timestamp, conversationStart }: Fact): boolean {
  return Math.floor(timestamp / DAY) > Math.floor(conversationStart / DAY);
}
