import type { DerivedEvent } from '../../src/domain/event.ts';
import { Random } from '../../test/simulation/random.ts';
import { dollarsOf } from '../prices.ts';
import { type Program, type Sides, sidesOf } from '../program.ts';
import type { Row } from '../row.ts';
import { assemble } from '../simulated/assemble.ts';
import { simulatedBus, simulatedDedupTable } from '../simulated/aws.ts';
import { eventsOfServed, type ServedConversation, SimulatedOrganisation } from '../simulated/organisation.ts';
import { VirtualClock } from '../simulated/virtual-clock.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const START = Date.parse('2026-11-23T06:00:00.000Z');
/** Conversations per second of the large organisation: 2.2 million a day, 22 million events. */
const LARGE = 25;
/** `BENCH_HOURS=24` simulates all of the day, which takes the better part of an hour. */
const HOURS = Number(process.env.BENCH_HOURS ?? 1);
/** Without faults: how often a conversation is read, and what of the budget that takes. */
const STEADY = { rate: 5, lasts: 30 * MINUTE, hasFaults: false };
/** The schedule by default. */
const EVERY = 30 * SECOND;
/** Of PutEvents calls, those that are refused for now. */
const BUSY = 0.001;

/**
 * Organisations in virtual time, on the default settings: how often the conversations stream reads a
 * conversation and what rate fills the budget, then the large organisation with faults.
 */
export async function organisation(sides: Sides): Promise<readonly Row[]> {
  const steady: Lived[] = [];
  for (const program of sidesOf(sides)) steady.push(await live(program, STEADY));
  const [ours, theirs] = steady;
  if (!ours) return [];
  const large = await live(sides.program, { rate: LARGE, lasts: HOURS * HOUR, hasFaults: true });
  const row = (what: string, unit: string, run: number, digits = 1): Row => ({ what, unit, digits, runs: [run] });
  const name = `organisation of ${LARGE} conversations/s for ${HOURS} h, with faults`;
  const perThousand = 1_000 / large.events;
  return [
    { ...row('readings of a conversation', '', ours.readings), bound: { atMost: 5 } },
    ...(theirs ? [row('the same, other build', '', theirs.readings)] : []),
    row('conversations/s that fill the budget', '', STEADY.rate / ours.budget),
    ...(theirs
      ? [
          row('the same, other build', '', STEADY.rate / theirs.budget),
          { ...row('capacity by that of the other build', '', theirs.budget / ours.budget), bound: { atLeast: 3 } },
        ]
      : []),
    { ...row(`${name}: events that are late for good`, '', large.missing, 0), bound: { atMost: 0 } },
    row('its lag from the end of a segment to the bus, p50', 's', large.lag(0.5)),
    row('p95', 's', large.lag(0.95)),
    row('p99', 's', large.lag(0.99)),
    row('its share of the request budget', '%', 100 * large.budget),
    row('its AWS calls for 1,000 events', '', large.awsCalls * perThousand),
    row('its AWS charges for 1,000 events', '$', large.dollars * perThousand, 5),
  ];
}

interface Lived {
  /** Of a conversation that is over, on average. */
  readonly readings: number;
  /** Share of the requests that the default budget allows. */
  readonly budget: number;
  readonly events: number;
  /** Events that were shown ten minutes before the end, or earlier, and are not on the bus. */
  readonly missing: number;
  /** Seconds that a part of the events took at most. */
  readonly lag: (part: number) => number;
  readonly awsCalls: number;
  readonly dollars: number;
}

async function live(
  program: Program,
  { rate, lasts, hasFaults }: { readonly rate: number; readonly lasts: number; readonly hasFaults: boolean },
): Promise<Lived> {
  const { calendarTicker } =
    await program.load<typeof import('../../src/schedule/cron-ticker.ts')>('schedule/cron-ticker.ts');
  const { serve } = await program.load<typeof import('../../src/pipeline/worker.ts')>('pipeline/worker.ts');
  const clock = new VirtualClock(START);
  const random = new Random(15, 2);
  const transport = new SimulatedOrganisation({ clock, rate, from: START, hasFaults });
  const lags: number[] = [];
  const due = START + lasts - 10 * MINUTE;
  let dueOnBus = 0;
  let putEvents = 0;
  const bus = simulatedBus(clock, {
    onEntry({ event }) {
      lags.push(clock.now() - event.timestamp);
      if (event.timestamp < due) dueOnBus++;
    },
    isBusy() {
      putEvents++;
      return hasFaults && random.chance(BUSY);
    },
  });
  const table = simulatedDedupTable(clock);
  const { worker, requestsPerMinute } = await assemble(program, {
    clock,
    transport,
    bus,
    table,
    startsAt: START,
    ticker: calendarTicker({ next: () => [clock.now() + EVERY - (clock.now() % EVERY)] }, clock),
    eventsOf: (record) => eventsOf(record as ServedConversation),
  });
  const stop = new AbortController();
  const never = new AbortController().signal;
  const end = clock.sleep(lasts).then(() => stop.abort(new Error('the day is over')));
  await clock.during(Promise.all([serve(worker, { stop: stop.signal, abort: never }), end]));
  lags.sort((a, b) => a - b);
  const { idsRead, idsWritten, reads, writes } = table.calls;
  return {
    readings: transport.served / transport.begun,
    budget: transport.requests / ((lasts / MINUTE) * requestsPerMinute),
    events: lags.length,
    missing: transport.eventsBefore(due) - dueOnBus,
    lag: (part) => (lags[Math.floor(part * (lags.length - 1))] ?? Number.NaN) / SECOND,
    awsCalls: putEvents + reads + writes,
    dollars: dollarsOf({ events: lags.length, idsWritten, idsRead }),
  };
}

function eventsOf(served: ServedConversation): readonly DerivedEvent[] {
  return eventsOfServed(served).map(({ number, at }) => ({
    id: `n${number}`,
    eventType: 'conversationStarted',
    timestamp: at,
    data: { eventType: 'conversationStarted', timestamp: new Date(at).toISOString(), conversationId: `${served.id}` },
  }));
}
