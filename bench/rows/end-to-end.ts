import { fileURLToPath } from 'node:url';
import type { Program } from '../program.ts';
import type { Row } from '../row.ts';
import { type Reports, type Stage, setStage } from '../stage.ts';
import { EVENTS_PER_HUNDRED } from '../stubs/conversations.ts';

const RUNS = 3;
const CONVERSATIONS = 5_000;
/** The tutorial's way makes three calls for every event: fewer tell as much. */
const BASELINE_CONVERSATIONS = 200;
/** What is added to the bounds on calls: requests that are not full, at the end of a window. */
const TOLERANCE = 1.02;
const BASELINE = fileURLToPath(new URL('../baseline.ts', import.meta.url));
const MINUTE = 60_000;

/** From the first request to Genesys to the last ID recorded, and the calls that took. */
export async function endToEnd(program: Program): Promise<readonly Row[]> {
  const ours: Measured[] = [];
  const theirs: Measured[] = [];
  // Taken in turns, so that whatever else the machine does falls on both.
  for (let run = 0; run < RUNS; run++) {
    ours.push(await measure(CONVERSATIONS, [program.main, 'once']));
    theirs.push(await measure(BASELINE_CONVERSATIONS, ['--import=tsx', BASELINE]));
  }
  const calls = (name: string, bound: number, operation: (calls: Reports) => number): Row => ({
    what: `${name} per 1,000 fresh events`,
    unit: '',
    digits: 1,
    runs: ours.map(({ reports, events }) => (operation(reports) / events) * 1_000),
    bound: { atMost: bound * TOLERANCE },
  });
  return [
    {
      what: 'events end to end, fresh',
      unit: '/s',
      runs: ours.map(({ events, ms }) => (events / ms) * 1_000),
      baseline: { runs: theirs.map(({ events, ms }) => (events / ms) * 1_000), better: 'more' },
      bound: { atLeast: 5_000 },
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

async function measure(conversations: number, args: readonly string[]): Promise<Measured> {
  const stage = await setStage({ world: anHourOf(conversations) });
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
  const owed = (conversations / 100) * EVENTS_PER_HUNDRED;
  if (entries !== owed || repeated > 0 || reports.dynamoDb.idsWritten !== owed) {
    throw new Error(`${owed} events owed, ${entries} published, ${repeated} of them again`);
  }
  return { events: entries, ms: reports.dynamoDb.lastWriteAt - reports.genesys.firstQueryAt, reports };
}

function awsCalls({ eventBridge, dynamoDb }: Reports): number {
  const { BatchGetItem = 0, BatchWriteItem = 0, GetItem = 0, PutItem = 0 } = dynamoDb.calls;
  return eventBridge.putEvents + BatchGetItem + BatchWriteItem + GetItem + PutItem;
}
