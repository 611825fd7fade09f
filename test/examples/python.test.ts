import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { startDatabase } from '../../src/sandbox/aws/database.ts';
import type { GenesysEvent } from '../../src/schema/events.ts';
import type { Endpoint } from '../aws/dynamo-conformance.ts';
import { cannotAsk, startDynamoDbLocal } from '../aws/support/dynamodb-local.ts';
import { type Mishap, TIME_LEFT } from './support/consumers.ts';
import { copyOf, eventsOf } from './support/events.ts';
import { cannotRunPython, pythonInstance } from './support/python.ts';
import { figures, storm } from './support/storm.ts';
import { attemptsIn, clientFor, createAttempts, createRecords, timePasses } from './support/tables.ts';

const test = anyTest as TestFn<{ endpoint: Endpoint }>;
const WORKERS = 3;
const EVENTS = eventsOf('dispositionSet', 240);
const DIALED = eventsOf('contactDialed', 240);
const [EVENT] = EVENTS as [GenesysEvent<'dispositionSet'>];
const KEY = keyOf(EVENT);

if (cannotRunPython) {
  test.skip(`the consumer in Python is not tried: ${cannotRunPython}`, (t) => t.pass());
} else {
  test.before(async (t) => {
    t.context.endpoint = cannotAsk ? { ...(await startDatabase()), timeToLive: false } : await startDynamoDbLocal();
  });
  test.after.always((t) => t.context.endpoint?.close());

  test('record first: copies, failures and crashes do in Python what they do in TypeScript', async (t) => {
    const { instances, effects, passes } = await bench(t);
    const [one, two] = instances;
    t.is(await one.deliver(EVENT, 'effectFails'), 'refused');
    t.is(one.last, 'RuntimeError: the CRM answered 503');
    t.is(await one.deliver(EVENT, 'crashesBefore'), 'crashed');
    t.is(await two.deliver(copyOf(EVENT, 1)), 'refused');
    t.regex(two.last, /^RuntimeError: another invocation is at work on crm#/);
    await passes(TIME_LEFT + 1);
    t.is(await two.deliver(EVENT, 'crashesAfter'), 'crashed');
    t.deepEqual(effects, [KEY]);
    await passes(TIME_LEFT + 1);
    t.is(await one.deliver(copyOf(EVENT, 2)), 'handled');
    t.is(one.last, 'done');
    t.is(await two.deliver(copyOf(EVENT, 3)), 'handled');
    t.is(two.last, 'duplicate');
    t.deepEqual(effects, [KEY, KEY]);
  });

  test('record first: each event has its effect once under 1,000 deliveries to Python', async (t) => {
    const { effects, under } = await bench(t);
    const passed = await under(EVENTS, { effectFails: 0.05, crashesBefore: 0.02 });
    t.log(figures(passed, EVENTS.length, effects.length));
    t.deepEqual(effects.toSorted(), EVENTS.map(keyOf).sort());
  });

  test('record first: and again for each crash between effect and record, in Python', async (t) => {
    const { effects, under } = await bench(t);
    const passed = await under(EVENTS, { crashesAfter: 0.08 });
    t.log(figures(passed, EVENTS.length, effects.length));
    const repeats = [...passed.crashesAfter].flatMap(([key, times]) => Array<string>(times).fill(key));
    t.deepEqual(effects.toSorted(), [...EVENTS.map(keyOf), ...repeats].sort());
    t.true(repeats.length > 3);
  });

  (cannotAsk ? test.skip : test)('transaction: each event counts once under 1,000 deliveries to Python', async (t) => {
    const { counts, under } = await bench(t);
    const passed = await under(DIALED, { crashesAfter: 0.02 });
    const counted = Object.values(await counts()).reduce((total, count) => total + count, 0);
    t.log(figures(passed, DIALED.length, counted));
    t.is(counted, DIALED.length);
  });
}

function keyOf({ detail }: GenesysEvent): string {
  return detail.metadata.idempotencyKey;
}

async function bench(t: ExecutionContext<{ endpoint: Endpoint }>) {
  const { url } = t.context.endpoint;
  const client = clientFor(t, url);
  const [records, attempts] = [await createRecords(client), await createAttempts(client)];
  const effects: string[] = [];
  const make = () => pythonInstance({ url, records, attempts }, (key) => effects.push(key));
  const instances = [make(), make(), make()] as const;
  t.teardown(() => {
    for (const instance of instances) instance.close();
  });
  return {
    instances,
    effects,
    passes: (ms: number) => timePasses(client, records, ms),
    counts: () => attemptsIn(client, attempts),
    async under<E extends GenesysEvent>(events: readonly E[], mishaps: Partial<Record<Mishap, number>>) {
      const idle = [...instances];
      return storm<E>({
        ...{ deliveries: 1_000, events, mishaps, workers: WORKERS },
        async deliver(event, mishap, doomed) {
          const instance = idle.pop();
          if (!instance) throw new Error('more deliveries than instances');
          const delivered = await instance.deliver(event, mishap, doomed ? 1 : TIME_LEFT);
          idle.push(instance);
          return delivered;
        },
      });
    },
  };
}
