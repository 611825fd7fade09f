import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { tryWritingIds } from '../../src/aws/access.ts';
import { DynamoDedupStore } from '../../src/aws/dedup-store.ts';
import { setUp } from '../../src/aws/setup.ts';
import { targetBus } from '../../src/aws/sink.ts';
import { DynamoStateStore } from '../../src/aws/state-store.ts';
import { Failure } from '../../src/domain/failure.ts';
import { systemClock } from '../../src/lib/system-clock.ts';
import { updateItem } from '../../src/pipeline/update-item.ts';
import { type Database, startDatabase } from '../../src/sandbox/aws/database.ts';
import { type LocalBus, startLocalBus } from '../../src/sandbox/aws/local-bus.ts';
import { localClients } from '../support/aws.ts';
import { type ProxyFault, startFaultProxy } from '../support/fault-proxy.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testContext } from '../support/request-context.ts';

// A gateway that answers HTTP 200 with a request ID and `{}`: to the SDK that is an answer like any other.

const test = anyTest as TestFn<{ database: Database; bus: LocalBus }>;
const V2_ARN = 'arn:aws:events:us-east-1:000000000000:event-busv2/bus-1/0123456789abcdefghijklmno';
const T0 = Date.parse('2026-11-20T10:00:00Z');
const CHECKPOINT = { watermark: T0, origin: T0, fence: 1, updatedAt: T0 };
const DEAD_LETTER = {
  id: 'x',
  time: T0,
  kind: 'event',
  reason: 'r',
  attempts: 1,
  recordedAt: T0,
  content: '{}',
} as const;
const LEASE = { holder: 'h', version: 1, fence: 1, durationMs: 1_000 };

test.before(async (t) => {
  const database = await startDatabase();
  const bus = await startLocalBus({ buses: ['bus-1'], v2Buses: [V2_ARN] });
  Object.assign(t.context, { database, bus });
  const clients = localClients({ dynamoDb: database.url });
  await setUp({ clients, ...TABLES, dryRun: false, clock: systemClock, signal: new AbortController().signal });
  clients.close();
});

test.after.always(async (t) => {
  await t.context.database.close();
  await t.context.bus.close();
});

const TABLES = { stateTable: 'State', dedupTable: 'Dedup' };

const OPERATIONS: Readonly<Record<string, readonly [lacks: string, context: (parts: Parts) => Promise<unknown>]>> = {
  'the IDs that are known': ['Responses for Dedup', ({ dedup }) => dedup.read(['a'], testContext())],
  'the IDs that were recorded': [
    'UnprocessedItems',
    ({ dedup }) => dedup.write([{ id: 'a', expiresAt: 2e9 }], 1, testContext()),
  ],
  'the right to record IDs': [
    'UnprocessedItems',
    (parts) => tryWritingIds({ ...parts, table: 'Dedup' }, testContext()),
  ],
  'a moved checkpoint': ['Attributes', ({ state }) => state.writeCheckpoint('s', CHECKPOINT, testContext())],
  'a fenced checkpoint': ['Attributes', ({ state }) => state.fenceCheckpoint('s', 1, testContext())],
  'a stored dead letter': ['Attributes', ({ state }) => state.putDeadLetter('s', DEAD_LETTER, testContext())],
  'a checkpoint set by hand': ['Attributes', ({ state }) => state.setCheckpoint('s', CHECKPOINT, testContext())],
  'a stored backfill': [
    'Attributes',
    ({ state }) =>
      state.writeBackfillRun(
        { period: { start: T0, end: T0 + 1 }, checkpoint: CHECKPOINT, earlier: [] },
        testContext(),
      ),
  ],
  'the number of dead letters': ['Count', ({ state }) => state.countDeadLetters('s', 10, testContext())],
  'the dead letters': ['Count', ({ state }) => state.deadLetters('s', testContext()).next()],
  'a look at the tables': ['Table', ({ clients, clock }) => setUp({ clients, ...TABLES, ...LOOKING, clock })],
  'a look at the classic bus': ['Name', ({ classic }) => classic.setUp(LOOKING)],
  'a look at the classic bus before publishing': ['Name', async ({ classic }) => classic.bus.ready?.(testContext())],
  'a look at the v2 bus': ['State', ({ v2 }) => v2.setUp(LOOKING)],
};

const LOOKING = { dryRun: true, signal: new AbortController().signal };

for (const [name, [lacks, operation]] of Object.entries(OPERATIONS)) {
  test(`an answer with nothing in it tells nothing about ${name}`, async (t) => {
    const { proxy, ...parts } = await bench(t);
    proxy.next(...Array(3).fill({ kind: 'change', change: () => ({}) }));
    const failure = await t.throwsAsync<Failure>(operation(parts), { instanceOf: Failure });
    t.regex(failure.code, /^(table|bus)\.unavailable$/);
    t.true(failure.message.includes(`the answer has no ${lacks}: AWS never leaves that out`), failure.message);
  });
}

test('a list of items is demanded of a query that does not only count', async (t) => {
  const { proxy, state } = await bench(t);
  proxy.next(...Array(3).fill({ kind: 'change', change: () => ({ Count: 0 }) }));
  const failure = await t.throwsAsync<Failure>(state.deadLetters('s', testContext()).next());
  t.regex(failure.message, /the answer has no Items/);
});

test('a list for another table tells nothing about ours', async (t) => {
  const { proxy, dedup } = await bench(t);
  proxy.next(...Array(3).fill({ kind: 'change', change: () => ({ Responses: { Other: [] } }) }));
  t.is((await t.throwsAsync<Failure>(dedup.read(['a'], testContext()))).code, 'table.unavailable');
});

test('where DynamoDB got to no key at all, it need not list what it found', async (t) => {
  const { proxy, dedup } = await bench(t);
  const UnprocessedKeys = { Dedup: { Keys: [{ id: { S: 'a' } }] } };
  proxy.next({ kind: 'change', change: () => ({ Responses: {}, UnprocessedKeys }) });
  t.deepEqual(await dedup.read(['a'], testContext()), { found: [], unprocessed: ['a'] });
});

test('a lease that such an answer leaves in doubt is asked for again, and known to be ours by the attempt stored in it', async (t) => {
  const { proxy, state } = await bench(t);
  const context = testContext();
  proxy.next({ kind: 'change', change: () => ({}) });
  t.deepEqual(await state.writeLease('new', undefined, LEASE, context), { outcome: 'written' });
  // The write, the same write again, which its own condition refuses, and the look at what is stored.
  t.is(context.counts.dynamoCalls, 3);
});

test('an item of the poller that such an answer leaves in doubt is read again, and nothing is written twice', async (t) => {
  const { proxy, state } = await bench(t);
  proxy.next({ kind: 'change', change: () => ({}) }, { kind: 'change', change: () => ({}) });
  const context = testContext();
  const bound = { id: 'org-a', clients: ['a'] };
  t.deepEqual(await updateItem(state.organisation, (stored) => stored ?? bound, context), bound);
  t.deepEqual(await state.organisation.read(context), { value: bound, version: 1 });
  // The look, the write, the same write again, which its own condition refuses, a look at what is stored; and
  // the last one here.
  t.is(context.counts.dynamoCalls, 5);
});

test('a checkpoint that is not there is what an answer without an item says', async (t) => {
  const { state } = await bench(t);
  t.is(await state.readCheckpoint('none', testContext()), undefined);
});

async function bench(t: ExecutionContext<{ database: Database; bus: LocalBus }>) {
  const database = await startFaultProxy(t.context.database.url);
  const bus = await startFaultProxy(t.context.bus.url);
  const clients = localClients({ dynamoDb: database.url, eventBridge: bus.url });
  t.teardown(async () => {
    clients.close();
    await database.close();
    await bus.close();
  });
  const clock = new ManualClock();
  const client = clients.dynamoDb;
  const busOf = (busType: 'classic' | 'v2', name: string) =>
    targetBus({ busType, bus: name, maxRequestBytes: 262_144 }, clients, clock);
  return {
    /** What is asked next, and of which service. */
    proxy: {
      next(...faults: readonly ProxyFault[]) {
        database.next(...faults);
        bus.next(...faults);
      },
    },
    clients,
    client,
    clock,
    dedup: new DynamoDedupStore({ client, table: 'Dedup', clock }),
    state: new DynamoStateStore({ client, table: 'State', poller: 'p', clock }),
    classic: busOf('classic', 'bus-1'),
    v2: busOf('v2', V2_ARN),
  };
}

type Parts = Omit<Awaited<ReturnType<typeof bench>>, 'proxy'>;
