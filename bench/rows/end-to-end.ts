import { fileURLToPath } from 'node:url';
import type { Program } from '../program.ts';
import type { Row } from '../row.ts';
import { type Reports, type Stage, setStage } from '../stage.ts';
import { EVENTS_PER_HUNDRED } from '../stubs/conversations.ts';

const RUNS = 3;
const CONVERSATIONS = 5_000;
/** The tutorial's way makes three calls for every event: fewer tell as much. */
const BASELINE_CONVERSATIONS = 200;
/** What AWS takes for an answer within a region, about; milliseconds. */
const LATENCY = 10;
/** What is added to the bounds on calls: requests that are not full, at the end of a window. */
const TOLERANCE = 1.02;
const BASELINE = fileURLToPath(new URL('../baseline.ts', import.meta.url));
const MINUTE = 60_000;

/** From the first request to Genesys to the last ID recorded, and the calls that took. */
export async function endToEnd(program: Program): Promise<readonly Row[]> {
  const [ours, theirs] = await merge(program, CONVERSATIONS, BASELINE_CONVERSATIONS);
  // Where every call has to be waited for.
  const [oursAfar, theirsAfar] = await merge(program, CONVERSATIONS / 5, BASELINE_CONVERSATIONS / 10, LATENCY);
  const calls = (name: string, bound: number, operation: (calls: Reports) => number): Row => ({
    what: `${name} per 1,000 fresh events`,
    unit: '',
    digits: 1,
    runs: ours.map(({ reports, events }) => (operation(reports) / events) * 1_000),
    bound: { atMost: bound * TOLERANCE },
  });
  return [
    {
      what: 'fresh events end to end',
      unit: '/s',
      runs: ours.map(throughput),
      baseline: { runs: theirs.map(throughput), better: 'more' },
      bound: { atLeast: 5_000 },
    },
    {
      what: `the same, where AWS takes ${LATENCY} ms for an answer`,
      unit: '/s',
      runs: oursAfar.map(throughput),
      baseline: { runs: theirsAfar.map(throughput), better: 'more' },
    },
    {
      what: 'AWS calls per 1,000 fresh events',
      unit: '',
      runs: ours.map(({ reports, events }) => (awsCalls(reports) / events) * 1_000),
      baseline: { runs: theirs.map(({ reports, events }) => (awsCalls(reports) / events) * 1_000), better: 'fewer' },
    },
    calls('PutEvents', 100, ({ eventBridge }) => eventBridge.putEvents),
    calls('BatchWriteItem', 40, ({ dynamoDb }) => dynamoDb.calls.BatchWriteItem ?? 0),
    calls('BatchGetItem', 10, ({ dynamoDb }) => dynamoDb.calls.BatchGetItem ?? 0),
  ];
}

/** A run of `node` with these arguments over so many fresh conversations. */
export interface Measured {
  readonly events: number;
  readonly ms: number;
  readonly reports: Reports;
}

/** The program and the tutorial's way, in turns, so that whatever else the machine does falls on both. */
async function merge(
  program: Program,
  conversations: number,
  baselineConversations: number,
  awsLatency = 0,
): Promise<readonly [readonly Measured[], readonly Measured[]]> {
  const ours: Measured[] = [];
  const theirs: Measured[] = [];
  for (let run = 0; run < RUNS; run++) {
    ours.push(await measure(conversations, [program.main, 'once'], awsLatency));
    theirs.push(await measure(baselineConversations, ['--import=tsx', BASELINE], awsLatency));
  }
  return [ours, theirs];
}

async function measure(conversations: number, args: readonly string[], awsLatency: number): Promise<Measured> {
  const stage = await setStage({ world: anHourOf(conversations), awsLatency });
  try {
    await stage.run(args);
    return await judge(stage, conversations);
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
export async function judge(stage: Stage, conversations: number): Promise<Measured> {
  const reports = await stage.reports();
  const { entries, repeated } = reports.eventBridge;
  const expected = (conversations / 100) * EVENTS_PER_HUNDRED;
  if (entries !== expected || repeated > 0 || reports.dynamoDb.idsWritten !== expected) {
    throw new Error(`${expected} events expected, ${entries} published, ${repeated} of them again`);
  }
  return { events: entries, ms: reports.dynamoDb.lastWriteAt - reports.genesys.firstQueryAt, reports };
}

function throughput({ events, ms }: Measured): number {
  return (events / ms) * 1_000;
}

function awsCalls({ eventBridge, dynamoDb }: Reports): number {
  const { BatchGetItem = 0, BatchWriteItem = 0, GetItem = 0, PutItem = 0 } = dynamoDb.calls;
  return eventBridge.putEvents + BatchGetItem + BatchWriteItem + GetItem + PutItem;
}
