import type { DerivedEvent } from '../../src/domain/event.ts';
import { type Program, type Sides, sidesOf } from '../program.ts';
import type { Row } from '../row.ts';
import { assemble } from '../simulated/assemble.ts';
import { simulatedBus, simulatedDedupTable } from '../simulated/aws.ts';
import { EVENTS_EACH } from '../simulated/conversation.ts';
import { SimulatedGenesys, type SimulatedRecord } from '../simulated/genesys.ts';
import { VirtualClock } from '../simulated/virtual-clock.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const NOW = Date.parse('2026-11-23T10:00:00.000Z');

/**
 * How far behind, and how much there is to read. Both are more than two minutes' worth of the default budget.
 */
const BACKLOGS = [
  { name: 'windows of 300 pages', behind: 8 * HOUR, perHour: 300 },
  { name: 'windows of 2 pages', behind: 140 * HOUR, perHour: 2 },
] as const;
const LATENCIES = [50, 500, 3_000] as const;

/**
 * How much of the request budget reading uses while it is behind, at default settings. In virtual time, so
 * that neither this machine nor its network plays a part: one run is as good as many.
 */
export async function catchUp(sides: Sides): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const backlog of BACKLOGS) {
    for (const latency of LATENCIES) {
      const [ours, theirs] = await Promise.all(
        sidesOf(sides).map((program) => shareOfBudget(program, backlog, latency)),
      );
      if (!ours) continue;
      const what = `budget used while behind, ${backlog.name} of ${latency} ms`;
      const share = { unit: '%', digits: 1 };
      rows.push({ what, ...share, runs: [ours.used], bound: { atLeast: 95 } });
      rows.push({ what: 'of these requests, for nothing', ...share, runs: [ours.wasted] });
      if (theirs) rows.push({ what: 'budget used by the other build', ...share, runs: [theirs.used] });
    }
  }
  return rows;
}

async function shareOfBudget(
  program: Program,
  { behind, perHour }: (typeof BACKLOGS)[number],
  latency: number,
): Promise<{ readonly used: number; readonly wasted: number }> {
  const clock = new VirtualClock(NOW);
  const genesys = new SimulatedGenesys({ clock, latency, from: NOW - behind, to: NOW - HOUR / 2, perHour });
  const bus = simulatedBus(clock);
  const { worker, requestsPerMinute } = await assemble(program, {
    clock,
    transport: genesys,
    bus,
    table: simulatedDedupTable(clock),
    startsAt: NOW - behind,
    ticker: { next: () => new Promise<void>(() => {}), due: () => undefined },
    eventsOf: (record) => eventsOf(record as SimulatedRecord),
  });
  const { pollOnce } = await program.load<typeof import('../../src/pipeline/worker.ts')>('pipeline/worker.ts');
  const never = new AbortController().signal;
  const { status } = await clock.during(pollOnce(worker, { stop: never, abort: never }));
  if (status !== 'completed' || bus.accepted() !== genesys.events) {
    throw new Error(`${status}: ${genesys.events} events expected, ${bus.accepted()} published`);
  }
  const { sent, useful } = genesys;
  return {
    used: 100 * shareAfterFirstRound(sent, requestsPerMinute, latency),
    wasted: 100 * (1 - useful / sent.length),
  };
}

/**
 * Requests among those that the budget allowed until the last of them; at most 1. The first round of places
 * is left out: a budget that no request has drawn on allows all of a minute's requests at once, and a part of
 * that burst comes again when the places are free, a minute after the answers have begun.
 */
function shareAfterFirstRound(sentAt: readonly number[], requestsPerMinute: number, latency: number): number {
  const first = Math.min(...sentAt);
  const [from, to] = [first + latency + MINUTE, Math.max(...sentAt)];
  const sent = sentAt.filter((time) => time > from).length;
  return Math.min(1, sent / ((requestsPerMinute * (to - from)) / MINUTE));
}

/**
 * What is derived is not what is measured here: facts of the usual size, without the work of finding them.
 */
function eventsOf({ id, at }: SimulatedRecord): readonly DerivedEvent[] {
  const timestamp = new Date(at).toISOString();
  return Array.from({ length: EVENTS_EACH }, (_, number) => ({
    id: `${id}-${number}`.padStart(64, '0'),
    eventType: 'conversationStarted',
    timestamp: at,
    data: { eventType: 'conversationStarted', timestamp, conversationId: String(id) },
  }));
}
