import { fileURLToPath } from 'node:url';
import type { Sides } from '../program.ts';
import type { Row } from '../row.ts';
import { type Reports, type Stage, setStage } from '../stage.ts';
import { EVENTS_PER_HUNDRED } from '../stubs/conversations.ts';
import type { Used } from '../used-by.ts';

const RUNS = 3;
const CONVERSATIONS = 3_000;
/** The tutorial's way makes three calls for every event: fewer tell as much. */
const BASELINE_CONVERSATIONS = 200;
/** What is added to the bounds on calls: requests that are not full, at the end of a window. */
const TOLERANCE = 1.02;
const BASELINE = fileURLToPath(new URL('../baseline.ts', import.meta.url));
const MINUTE = 60_000;

/** From the first request to Genesys to the last ID recorded, and the calls that took; all sides in turns. */
export async function endToEnd({ program, other }: Sides): Promise<readonly Row[]> {
  const [ours, theirs, tutorials]: [Measured[], Measured[], Measured[]] = [[], [], []];
  for (let run = 0; run < RUNS; run++) {
    ours.push(await measure(CONVERSATIONS, [program.main, 'once']));
    if (other) theirs.push(await measure(CONVERSATIONS, [other.main, 'once']));
    tutorials.push(await measure(BASELINE_CONVERSATIONS, ['--import=tsx', BASELINE]));
  }
  const tutorial = (of: (run: Measured) => number) => ({
    against: { name: 'tutorial’s way', runs: tutorials.map(of) },
  });
  const calls = (name: string, bound: number, operation: (calls: Reports) => number): Row => ({
    what: `${name} per 1,000 fresh events`,
    unit: '',
    digits: 1,
    runs: ours.map(({ reports, events }) => (operation(reports) / events) * 1_000),
    bound: { atMost: bound * TOLERANCE },
  });
  const cpu = { what: 'CPU for 1,000 fresh events end to end', unit: 'ms', digits: 1, runs: ours.map(cpuOf) };
  return [
    { ...cpu, ...tutorial(cpuOf), bound: { atMost: 0.2 } },
    ...(other ? [{ ...cpu, against: { name: 'other build', runs: theirs.map(cpuOf) }, bound: { atMost: 0.85 } }] : []),
    {
      what: 'fresh events end to end, on the clock',
      unit: '/s',
      runs: ours.map(throughput),
      ...tutorial(throughput),
      bound: { atLeast: 5 },
    },
    {
      what: 'AWS calls per 1,000 fresh events',
      unit: '',
      runs: ours.map(callsPerThousand),
      ...tutorial(callsPerThousand),
      bound: { atMost: 0.051 },
    },
    calls('PutEvents', 100, ({ eventBridge }) => eventBridge.putEvents),
    calls('BatchWriteItem', 40, ({ dynamoDb }) => dynamoDb.calls.BatchWriteItem ?? 0),
    calls('BatchGetItem', 10, ({ dynamoDb }) => dynamoDb.calls.BatchGetItem ?? 0),
  ];
}

/** A run of `node` with these arguments over so many fresh conversations. */
interface Measured {
  readonly events: number;
  readonly ms: number;
  readonly reports: Reports;
  readonly used: Used;
}

async function measure(conversations: number, args: readonly string[]): Promise<Measured> {
  const stage = await setStage({ world: anHourOf(conversations) });
  try {
    const { used } = await stage.run(args);
    return { ...(await judge(stage, conversations)), used };
  } finally {
    await stage.close();
  }
}

/** Conversations of one window, all of them over. */
export function anHourOf(count: number) {
  const now = Date.now();
  return { from: now - 59 * MINUTE, to: now - 10 * MINUTE, count };
}

/** Counts on the wire. What was not done right was not done fast: every event once, or an error. */
export async function judge(stage: Stage, conversations: number): Promise<Omit<Measured, 'used'>> {
  const reports = await stage.reports();
  const { entries, repeated } = reports.eventBridge;
  const expected = (conversations / 100) * EVENTS_PER_HUNDRED;
  if (entries !== expected || repeated > 0 || reports.dynamoDb.idsWritten !== expected) {
    throw new Error(`${expected} events expected, ${entries} published, ${repeated} of them again`);
  }
  return { events: entries, ms: reports.dynamoDb.lastWriteAt - reports.genesys.firstQueryAt, reports };
}

/** Milliseconds for a thousand events, without those of the start. */
function cpuOf({ used, events }: Measured): number {
  return ((used.cpu - (used.firstQuery?.cpu ?? 0)) / events) * 1_000;
}

function throughput({ events, ms }: Measured): number {
  return (events / ms) * 1_000;
}

function callsPerThousand({ reports: { eventBridge, dynamoDb }, events }: Measured): number {
  const { BatchGetItem = 0, BatchWriteItem = 0, GetItem = 0, PutItem = 0 } = dynamoDb.calls;
  const calls = eventBridge.putEvents + BatchGetItem + BatchWriteItem + GetItem + PutItem;
  return (calls / events) * 1_000;
}
