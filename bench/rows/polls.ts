import { setTimeout as delay } from 'node:timers/promises';
import type { Program, Sides } from '../program.ts';
import type { Row } from '../row.ts';
import { type Reports, setStage } from '../stage.ts';

const RUNS = 3;
const MINUTE = 60_000;
/** Until the first poll is over, and then for how long polls are counted; milliseconds. */
const SETTLING = 3_500;
const COUNTING = 4_000;

/** What the daemon asks of others in polls that find nothing, and in polls that find what it knows. */
export async function polls({ program }: Sides): Promise<readonly Row[]> {
  const idle: Poll[] = [];
  const known: Poll[] = [];
  for (let run = 0; run < RUNS; run++) {
    // Calls are counted here, not time: the two may share the machine.
    const [nothing, something] = await Promise.all([measure(program, 0), measure(program, 200)]);
    idle.push(nothing);
    known.push(something);
  }
  return [
    {
      what: 'Genesys requests of an idle poll',
      unit: '',
      digits: 1,
      runs: idle.map((poll) => poll.genesys),
      bound: { atMost: 2 },
    },
    {
      what: 'AWS calls of an idle poll, the lease’s excepted',
      unit: '',
      digits: 1,
      runs: idle.map((poll) => poll.aws),
      bound: { atMost: 0 },
    },
    {
      what: 'calls for 2,050 known events in a poll (PutEvents, BatchGetItem, BatchWriteItem)',
      unit: '',
      digits: 1,
      runs: known.map((poll) => poll.events),
      bound: { atMost: 0 },
    },
  ];
}

/** Calls per poll, on average. */
interface Poll {
  readonly genesys: number;
  readonly aws: number;
  /** Those that are made for events. */
  readonly events: number;
}

/** So many conversations have ended within reach of every poll. */
async function measure(program: Program, conversations: number): Promise<Poll> {
  const now = Date.now();
  const stage = await setStage({
    world: { from: now - 4 * MINUTE, to: now - 2 * MINUTE, count: conversations },
    config: {
      poller: { schedule: '* * * * * *' },
      streams: { conversations: { startFrom: '4m', settle: '1s' } },
    },
  });
  try {
    const ended = stage.run([program.main, 'run'], { stopAfter: SETTLING + COUNTING + 1_000 });
    await delay(SETTLING);
    const before = await stage.reports();
    await delay(COUNTING);
    const after = await stage.reports();
    await ended;
    const count = (of: (reports: Reports) => number) => of(after) - of(before);
    const polled = count(({ genesys }) => genesys.polls);
    return {
      genesys: count(({ genesys }) => genesys.query + genesys.other) / polled,
      aws: count(({ dynamoDb, eventBridge }) => allBut(dynamoDb.calls, 'lease') + eventBridge.putEvents) / polled,
      events:
        count(({ dynamoDb, eventBridge }) => {
          const { BatchGetItem = 0, BatchWriteItem = 0 } = dynamoDb.calls;
          return BatchGetItem + BatchWriteItem + eventBridge.putEvents;
        }) / polled,
    };
  } finally {
    await stage.close();
  }
}

function allBut(calls: Readonly<Record<string, number>>, concern: string): number {
  const others = Object.entries(calls).filter(([name]) => !name.endsWith(concern));
  return others.reduce((sum, [, count]) => sum + count, 0);
}
