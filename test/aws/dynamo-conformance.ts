import { hash, randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import {
  type AttributeValue,
  CreateTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import fc from 'fast-check';
import type { AwsClients } from '../../src/aws/clients.ts';
import { readDeadLetterItem } from '../../src/aws/dead-letter-items.ts';
import { DynamoDedupStore } from '../../src/aws/dedup-store.ts';
import { setUp } from '../../src/aws/setup.ts';
import { DynamoStateStore } from '../../src/aws/state-store.ts';
import type { DeadLetter } from '../../src/domain/dead-letter.ts';
import { Failure } from '../../src/domain/failure.ts';
import { systemClock } from '../../src/lib/system-clock.ts';
import type { Checkpoint, Lease, StoredJob } from '../../src/ports/state-store.ts';
import { localClients } from '../support/aws.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { testContext } from '../support/request-context.ts';

/** A DynamoDB to judge the adapters by. */
export interface Endpoint {
  readonly url: string;
  /** Whether it can switch TTL on. */
  readonly timeToLive: boolean;
  close(): Promise<void>;
}

export interface Context {
  readonly endpoint: Endpoint;
  readonly clients: AwsClients;
}

let tables = 0;

/** What a test works with: tables of its own, and a way to them that can fail. */
export interface Bench {
  readonly stateTable: string;
  readonly dedupTable: string;
  readonly clients: AwsClients;
  readonly proxy: FaultProxy;
  /** Through the proxy. */
  readonly client: AwsClients['dynamoDb'];
  readonly state: DynamoStateStore;
  readonly dedup: DynamoDedupStore;
  /** The state table of another poller, and not through the proxy. */
  stateOf(poller: string): DynamoStateStore;
  item(table: string, key: Record<string, string>): Promise<Record<string, AttributeValue> | undefined>;
}

const clock = systemClock;

export const T0 = Date.parse('2026-11-20T10:00:00.000Z');
export const CHECKPOINT: Checkpoint = { watermark: T0, origin: T0 - 60_000, fence: 1, updatedAt: T0 + 5 };
export const LEASE: Lease = { holder: 'host-a:1:x', version: 1, fence: 1, durationMs: 30_000 };
const JOB: StoredJob = {
  id: 'job-1',
  piece: { start: T0, end: T0 + 21_600_000 },
  windowEnd: T0 + 86_400_000,
  watermark: T0 - 300_000,
  checkpointAt: T0 + 5,
};
export const DEAD_LETTER: DeadLetter = {
  id: 'e3b0c442',
  time: T0,
  kind: 'event',
  reason: 'MalformedDetail: Detail is malformed.',
  attempts: 1,
  recordedAt: T0 + 1_000,
  conversationId: 'c-1',
  content: '{"source":"s"}',
};

/**
 * Registers the suite. The adapters may rely on what passes it as DynamoDB, and the poller on the adapters.
 */
export function conform(open: () => Promise<Endpoint>, ...further: readonly ((test: TestFn<Context>) => void)[]): void {
  const test = anyTest as TestFn<Context>;

  test.before(async (t) => {
    const endpoint = await open();
    Object.assign(t.context as object, { endpoint, clients: localClients({ dynamoDb: endpoint.url }) });
  });

  test.after.always(async (t) => {
    t.context.clients?.close();
    await t.context.endpoint?.close();
  });

  setup(test);
  dedup(test);
  checkpoints(test);
  leases(test);
  jobs(test);
  deadLetters(test);
  failures(test);
  for (const suite of further) suite(test);
}

function setup(test: TestFn<Context>): void {
  test.serial('setup creates tables that can be used at once, and the second time finds them', async (t) => {
    const options = setupOptions(t);
    const first = await setUp(options);
    t.deepEqual(
      first.map(({ resource, action }) => ({ resource, action })),
      [
        { resource: `table ${options.stateTable}`, action: 'created' },
        { resource: `table ${options.dedupTable}`, action: 'created' },
      ],
    );
    t.is(
      first[1]?.detail,
      `id (S); on-demand; ${t.context.endpoint.timeToLive ? 'TTL on ttl' : 'TTL not supported by this endpoint'}`,
    );
    for (const TableName of [options.stateTable, options.dedupTable]) {
      const { Table } = await t.context.clients.dynamoDb.send(new DescribeTableCommand({ TableName }));
      t.is(Table?.TableStatus, 'ACTIVE');
      t.is(Table?.BillingModeSummary?.BillingMode, 'PAY_PER_REQUEST');
    }

    const second = await setUp(options);
    t.deepEqual(
      second.map(({ action }) => action),
      ['exists', 'exists'],
    );
    if (t.context.endpoint.timeToLive) t.deepEqual(second[1]?.remedy, undefined);
  });

  test.serial('setup --dry-run says what is missing and creates nothing', async (t) => {
    const options = { ...setupOptions(t), dryRun: true };
    for (const _ of [1, 2]) {
      const steps = await setUp(options);
      t.deepEqual(
        steps.map(({ action }) => action),
        ['would create', 'would create'],
      );
      t.is(steps[1]?.detail, 'on-demand, id (S), TTL on ttl');
    }
  });

  test.serial('setup reports an existing table with other keys, and leaves it as it is', async (t) => {
    const options = setupOptions(t);
    await createTable(t, options.stateTable, 'id');
    const [step] = await setUp(options);
    t.is(step?.action, 'exists');
    t.is(step?.detail, 'its keys are id (S), needed are pk (S), sk (S)');
    t.regex(step?.remedy ?? '', /Choose another name/);
  });

  test.serial('setup reports an existing dedup table without TTL, and does not switch it on', async (t) => {
    const options = setupOptions(t);
    await createTable(t, options.dedupTable, 'id');
    for (const _ of [1, 2]) {
      const steps = await setUp(options);
      t.is(steps[1]?.detail, 'id (S); TTL is off');
      t.true(
        steps[1]?.remedy?.startsWith(
          `Enable TTL on the attribute ttl: \`aws dynamodb update-time-to-live --table-name ${options.dedupTable} --time-to-live-specification Enabled=true,AttributeName=ttl\`; `,
        ),
      );
    }
  });
}

function dedup(test: TestFn<Context>): void {
  test.serial('an ID written is found with its expiry, an ID never written is not', async (t) => {
    const { dedup } = await bench(t);
    const context = testContext();
    const written = await dedup.write([{ id: 'a', expiresAt: 1_800_000_000 }], 1_790_000_000, context);
    t.deepEqual(written, { unprocessed: [] });
    const read = await dedup.read(['a', 'b'], context);
    t.deepEqual(read, { found: [{ id: 'a', expiresAt: 1_800_000_000 }], unprocessed: [] });
    t.is(context.counts.dynamoCalls, 2);
  });

  test.serial('a remembered ID is an item of id, ttl and timestamp, and nothing else', async (t) => {
    const { dedup, dedupTable, item } = await bench(t);
    await dedup.write([{ id: 'a', expiresAt: 1_800_000_000 }], 1_790_000_000, testContext());
    t.deepEqual(await item(dedupTable, { id: 'a' }), {
      id: { S: 'a' },
      ttl: { N: '1800000000' },
      timestamp: { N: '1790000000' },
    });
  });

  test.serial('100 IDs are read and 25 written in one call each', async (t) => {
    const { dedup } = await bench(t);
    const context = testContext();
    const ids = Array.from({ length: 100 }, (_, index) => `id-${index}`);
    for (let start = 0; start < 100; start += 25) {
      await dedup.write(
        ids.slice(start, start + 25).map((id) => ({ id, expiresAt: 9 })),
        1,
        context,
      );
    }
    const { found } = await dedup.read(ids, context);
    t.is(context.counts.dynamoCalls, 5);
    t.deepEqual(found.map(({ id }) => id).sort(), [...ids].sort());
  });

  test.serial('an ID written again has the later expiry', async (t) => {
    const { dedup } = await bench(t);
    await dedup.write([{ id: 'a', expiresAt: 5 }], 1, testContext());
    await dedup.write([{ id: 'a', expiresAt: 9 }], 2, testContext());
    t.deepEqual((await dedup.read(['a'], testContext())).found, [{ id: 'a', expiresAt: 9 }]);
  });

  test.serial('an item without ttl, which DynamoDB never deletes, is remembered for ever', async (t) => {
    const { dedup, dedupTable, clients } = await bench(t);
    await clients.dynamoDb.send(new PutItemCommand({ TableName: dedupTable, Item: { id: { S: 'a' } } }));
    const { found } = await dedup.read(['a'], testContext());
    t.deepEqual(found, [{ id: 'a', expiresAt: Number.POSITIVE_INFINITY }]);
  });

  test.serial('what DynamoDB leaves unprocessed comes back by ID, in reading and in writing', async (t) => {
    const { dedup, dedupTable, proxy } = await bench(t);
    await dedup.write([{ id: 'a', expiresAt: 5 }], 1, testContext());
    proxy.next(
      {
        kind: 'change',
        change: (answer) => ({ ...answer, UnprocessedKeys: { [dedupTable]: { Keys: [{ id: { S: 'b' } }] } } }),
      },
      {
        kind: 'change',
        change: (answer) => ({
          ...answer,
          UnprocessedItems: { [dedupTable]: [{ PutRequest: { Item: { id: { S: 'd' }, ttl: { N: '5' } } } }] },
        }),
      },
    );
    t.deepEqual(await dedup.read(['a', 'b'], testContext()), {
      found: [{ id: 'a', expiresAt: 5 }],
      unprocessed: ['b'],
    });
    const items = [
      { id: 'c', expiresAt: 5 },
      { id: 'd', expiresAt: 5 },
    ];
    t.deepEqual(await dedup.write(items, 1, testContext()), { unprocessed: ['d'] });
  });

  test.serial('a write of IDs whose answer was lost is written again', async (t) => {
    const { dedup, proxy } = await bench(t);
    const context = testContext();
    proxy.next({ kind: 'loseAnswer' });
    t.deepEqual(await dedup.write([{ id: 'a', expiresAt: 5 }], 1, context), { unprocessed: [] });
    t.is(context.counts.dynamoCalls, 2);
  });
}

function checkpoints(test: TestFn<Context>): void {
  test.serial('a stream without a checkpoint has none; written, it is read back', async (t) => {
    const { state } = await bench(t);
    t.is(await state.readCheckpoint('conversations', testContext()), undefined);
    t.deepEqual(await state.writeCheckpoint('conversations', CHECKPOINT, testContext()), { outcome: 'written' });
    t.deepEqual(await state.readCheckpoint('conversations', testContext()), CHECKPOINT);
  });

  test.serial(
    'how far reading again has come is stored with the checkpoint, and stays where none is given',
    async (t) => {
      const { state } = await bench(t);
      await state.writeCheckpoint('conversations', { ...CHECKPOINT, rereadTo: T0 - 120_000 }, testContext());
      t.is((await state.readCheckpoint('conversations', testContext()))?.rereadTo, T0 - 120_000);
      const next = { ...CHECKPOINT, watermark: T0 + 30_000 };
      await state.writeCheckpoint('conversations', next, testContext());
      t.deepEqual(await state.readCheckpoint('conversations', testContext()), { ...next, rereadTo: T0 - 120_000 });
    },
  );

  test.serial('a checkpoint is an item of ISO times under the poller and its stream', async (t) => {
    const { state, stateTable, item } = await bench(t);
    await state.writeCheckpoint('conversations', CHECKPOINT, testContext());
    t.deepEqual(await item(stateTable, { pk: 'poller-1#conversations', sk: 'checkpoint' }), {
      pk: { S: 'poller-1#conversations' },
      sk: { S: 'checkpoint' },
      watermark: { S: '2026-11-20T10:00:00.000Z' },
      origin: { S: '2026-11-20T09:59:00.000Z' },
      fence: { N: '1' },
      updatedAt: { S: '2026-11-20T10:00:00.005Z' },
    });
  });

  test.serial('pollers and streams that share a table do not see one another', async (t) => {
    const { state, stateOf } = await bench(t);
    await state.writeCheckpoint('conversations', CHECKPOINT, testContext());
    t.is(await state.readCheckpoint('event-log', testContext()), undefined);
    t.is(await stateOf('poller-2').readCheckpoint('conversations', testContext()), undefined);
  });

  test.serial('a checkpoint moves forward, and stands still when written again', async (t) => {
    const { state } = await bench(t);
    const later = { ...CHECKPOINT, watermark: T0 + 1 };
    for (const checkpoint of [CHECKPOINT, CHECKPOINT, later, later]) {
      t.deepEqual(await state.writeCheckpoint('s', checkpoint, testContext()), { outcome: 'written' });
    }
    t.is((await state.readCheckpoint('s', testContext()))?.watermark, T0 + 1);
  });

  test.serial('a checkpoint never moves back: the write is refused and tells what is stored', async (t) => {
    const { state } = await bench(t);
    await state.writeCheckpoint('s', CHECKPOINT, testContext());
    t.deepEqual(await state.writeCheckpoint('s', { ...CHECKPOINT, watermark: T0 - 1, fence: 9 }, testContext()), {
      outcome: 'refused',
      stored: CHECKPOINT,
    });
  });

  test.serial('an earlier holder cannot move the checkpoint, not even forward', async (t) => {
    const { state } = await bench(t);
    const stored = { ...CHECKPOINT, fence: 2 };
    await state.writeCheckpoint('s', stored, testContext());
    t.deepEqual(await state.writeCheckpoint('s', { ...CHECKPOINT, watermark: T0 + 60_000, fence: 1 }, testContext()), {
      outcome: 'refused',
      stored,
    });
  });

  test.serial(
    'a stream has one beginning: a checkpoint with another origin is refused, whatever its fence',
    async (t) => {
      const { state } = await bench(t);
      await state.writeCheckpoint('s', CHECKPOINT, testContext());
      const other = { ...CHECKPOINT, origin: T0 + 1, watermark: T0 + 2, fence: 9 };
      t.deepEqual(await state.writeCheckpoint('s', other, testContext()), { outcome: 'refused', stored: CHECKPOINT });
      t.deepEqual(await state.readCheckpoint('s', testContext()), CHECKPOINT);
    },
  );

  test.serial('whatever is written in whatever order, watermark and fence only grow', async (t) => {
    const { state } = await bench(t);
    let stream = 0;
    const writes = fc.array(fc.record({ watermark: fc.nat(3), fence: fc.nat(3) }), { minLength: 1, maxLength: 6 });
    const property = fc.asyncProperty(writes, async (sequence) => {
      const name = `stream-${stream++}`;
      let stored: { watermark: number; fence: number } | undefined;
      for (const { watermark, fence } of sequence) {
        const next = { ...CHECKPOINT, watermark: T0 + watermark, fence };
        const { outcome } = await state.writeCheckpoint(name, next, testContext());
        const fits = !stored || (watermark >= stored.watermark && fence >= stored.fence);
        t.is(outcome, fits ? 'written' : 'refused');
        if (fits) stored = { watermark, fence };
        const read = await state.readCheckpoint(name, testContext());
        t.deepEqual(read && { watermark: read.watermark - T0, fence: read.fence }, stored);
      }
    });
    await fc.assert(property, { numRuns: 15 });
  });

  test.serial('fencing raises the fence, changes nothing else, and tells how the checkpoint stands', async (t) => {
    const { state } = await bench(t);
    await state.writeCheckpoint('s', CHECKPOINT, testContext());
    const checkpoint = { ...CHECKPOINT, fence: 7 };
    t.deepEqual(await state.fenceCheckpoint('s', 7, testContext()), { outcome: 'fenced', checkpoint });
    t.deepEqual(await state.fenceCheckpoint('s', 7, testContext()), { outcome: 'fenced', checkpoint });
    t.deepEqual(await state.readCheckpoint('s', testContext()), checkpoint);
  });

  test.serial('fencing where there is no checkpoint creates none', async (t) => {
    const { state } = await bench(t);
    t.deepEqual(await state.fenceCheckpoint('s', 7, testContext()), { outcome: 'fenced', checkpoint: undefined });
    t.is(await state.readCheckpoint('s', testContext()), undefined);
  });

  test.serial('fencing below the stored fence is refused', async (t) => {
    const { state } = await bench(t);
    await state.writeCheckpoint('s', { ...CHECKPOINT, fence: 8 }, testContext());
    t.deepEqual(await state.fenceCheckpoint('s', 7, testContext()), { outcome: 'refused' });
  });

  test.serial('a first checkpoint that an earlier holder writes while it is being fenced is fenced too', async (t) => {
    const { state, stateOf, proxy } = await bench(t);
    const earlier = stateOf('poller-1');
    proxy.next(undefined, { kind: 'after', first: () => earlier.writeCheckpoint('s', CHECKPOINT, testContext()) });
    t.deepEqual(await state.fenceCheckpoint('s', 2, testContext()), {
      outcome: 'fenced',
      checkpoint: { ...CHECKPOINT, fence: 2 },
    });
    t.is((await earlier.writeCheckpoint('s', CHECKPOINT, testContext())).outcome, 'refused');
  });

  test.serial('a checkpoint whose answer was lost is written again, and counts both attempts', async (t) => {
    const { state, proxy } = await bench(t);
    const context = testContext();
    proxy.next({ kind: 'loseAnswer' });
    t.deepEqual(await state.writeCheckpoint('s', CHECKPOINT, context), { outcome: 'written' });
    t.is(context.counts.dynamoCalls, 2);
  });
}

function leases(test: TestFn<Context>): void {
  test.serial('a lease is written where none is, and read back', async (t) => {
    const { state } = await bench(t);
    t.is(await state.readLease('s', testContext()), undefined);
    t.deepEqual(await state.writeLease('s', undefined, LEASE, testContext()), { outcome: 'written' });
    t.deepEqual(await state.readLease('s', testContext()), LEASE);
  });

  test.serial(
    'a lease is written only over the version that was seen; a refusal shows the one that stands',
    async (t) => {
      const { state } = await bench(t);
      await state.writeLease('s', undefined, LEASE, testContext());
      const other: Lease = { ...LEASE, holder: 'host-b:1:y', version: 2, fence: 2 };
      t.deepEqual(await state.writeLease('s', undefined, other, testContext()), { outcome: 'refused', stored: LEASE });
      t.deepEqual(await state.writeLease('s', 2, other, testContext()), { outcome: 'refused', stored: LEASE });
      t.deepEqual(await state.writeLease('s', 1, other, testContext()), { outcome: 'written' });
      t.deepEqual(await state.readLease('s', testContext()), other);
    },
  );

  test.serial('a lease expected where none is stored is refused with nothing', async (t) => {
    const { state } = await bench(t);
    t.deepEqual(await state.writeLease('s', 3, LEASE, testContext()), { outcome: 'refused', stored: undefined });
  });

  test.serial('a released lease has no holder', async (t) => {
    const { state } = await bench(t);
    await state.writeLease('s', undefined, LEASE, testContext());
    const released = { ...LEASE, holder: '', version: 2 };
    t.deepEqual(await state.writeLease('s', 1, released, testContext()), { outcome: 'written' });
    t.deepEqual(await state.readLease('s', testContext()), released);
  });

  test.serial('of many that take over the same lease at once, one does', async (t) => {
    const { state } = await bench(t);
    await state.writeLease('s', undefined, LEASE, testContext());
    const contenders = Array.from({ length: 12 }, (_, index) => `host-${index}:1:z`);
    const outcomes = await Promise.all(
      contenders.map((holder) => state.writeLease('s', 1, { ...LEASE, holder, version: 2, fence: 2 }, testContext())),
    );
    const winners = contenders.filter((_, index) => outcomes[index]?.outcome === 'written');
    t.deepEqual(winners, [(await state.readLease('s', testContext()))?.holder ?? 'nobody']);
  });

  for (const fault of [{ kind: 'loseAnswer' }, { kind: 'swallowAnswer' }] as const) {
    test.serial(`a lease that was written but not confirmed (${fault.kind}) is recognised as our own`, async (t) => {
      const { state, proxy } = await bench(t);
      await state.writeLease('s', undefined, LEASE, testContext());
      const context = testContext();
      const renewed = { ...LEASE, version: 2 };
      proxy.next(fault);
      t.deepEqual(await state.writeLease('s', 1, renewed, context), { outcome: 'written' });
      t.deepEqual(await state.readLease('s', testContext()), renewed);
      // The attempt, its repetition, and the look at what stands there.
      t.is(context.counts.dynamoCalls, 3);
    });
  }

  test.serial('the same lease written by another is not taken for our own', async (t) => {
    const { state, stateOf } = await bench(t);
    await stateOf('poller-1').writeLease('s', undefined, LEASE, testContext());
    t.deepEqual(await state.writeLease('s', undefined, LEASE, testContext()), { outcome: 'refused', stored: LEASE });
  });

  test.serial('a lease that was written, not confirmed, and then taken over is lost', async (t) => {
    const { state, stateOf, proxy } = await bench(t);
    const theirs: Lease = { ...LEASE, holder: 'host-b:1:y', version: 2, fence: 2 };
    proxy.next(
      { kind: 'loseAnswer' },
      { kind: 'after', first: () => stateOf('poller-1').writeLease('s', 1, theirs, testContext()) },
    );
    t.deepEqual(await state.writeLease('s', undefined, LEASE, testContext()), { outcome: 'refused', stored: theirs });
  });
}

function jobs(test: TestFn<Context>): void {
  test.serial('a job is read back as it was written, and the next takes its place', async (t) => {
    const { state } = await bench(t);
    t.is(await state.readJob('s', testContext()), undefined);
    await state.writeJob('s', JOB, testContext());
    t.deepEqual(await state.readJob('s', testContext()), JOB);
    const next = { ...JOB, id: 'job-2', piece: { start: JOB.piece.end, end: JOB.piece.end + 1 } };
    await state.writeJob('s', next, testContext());
    t.deepEqual(await state.readJob('s', testContext()), next);
  });

  test.serial('a job is its own stream’s, and its own poller’s', async (t) => {
    const { state, stateOf } = await bench(t);
    await state.writeJob('s', JOB, testContext());
    t.is(await state.readJob('other', testContext()), undefined);
    t.is(await stateOf('poller-2').readJob('s', testContext()), undefined);
  });

  test.serial('a job neither disturbs a checkpoint nor is disturbed by one', async (t) => {
    const { state } = await bench(t);
    await state.writeCheckpoint('s', CHECKPOINT, testContext());
    await state.writeJob('s', JOB, testContext());
    t.deepEqual(await state.readCheckpoint('s', testContext()), CHECKPOINT);
    await state.writeCheckpoint('s', { ...CHECKPOINT, watermark: T0 + 60_000 }, testContext());
    t.deepEqual(await state.readJob('s', testContext()), JOB);
  });

  test.serial('a job whose attributes are not ours is an error that names it', async (t) => {
    const { state, clients, stateTable } = await bench(t);
    const Item = { pk: { S: 'poller-1#s' }, sk: { S: 'job' }, jobId: { S: 'job-1' }, pieceStart: { S: 'yesterday' } };
    await clients.dynamoDb.send(new PutItemCommand({ TableName: stateTable, Item }));
    const failure = await t.throwsAsync(state.readJob('s', testContext()), { instanceOf: Failure });
    t.is(failure.code, 'table.schema');
    t.regex(failure.message, /The item poller-1#s \/ job in table/);
  });
}

function deadLetters(test: TestFn<Context>): void {
  const key = { pk: 'poller-1#s', sk: 'dead-letter#2026-11-20T10:00:00.000Z#e3b0c442' };

  test.serial('a dead letter is stored whole', async (t) => {
    const { state, stateTable, item } = await bench(t);
    await state.putDeadLetter('s', DEAD_LETTER, testContext());
    t.deepEqual(await item(stateTable, key), {
      pk: { S: key.pk },
      sk: { S: key.sk },
      id: { S: 'e3b0c442' },
      time: { S: '2026-11-20T10:00:00.000Z' },
      kind: { S: 'event' },
      reason: { S: 'MalformedDetail: Detail is malformed.' },
      attempts: { N: '1' },
      conversationId: { S: 'c-1' },
      content: { S: '{"source":"s"}' },
      contentEncoding: { S: 'identity' },
      contentBytes: { N: '14' },
      contentSha256: { S: 'e1d92eeb844efa762b82c9e708dbaa1c0e573874ded8a751e7dfb1644f2684e3' },
      firstSeenAt: { S: '2026-11-20T10:00:01.000Z' },
      lastSeenAt: { S: '2026-11-20T10:00:01.000Z' },
    });
  });

  test.serial('the same dead letter stored again stays one, and keeps when it was first seen', async (t) => {
    const { state, stateTable, clients, proxy } = await bench(t);
    await state.putDeadLetter('s', DEAD_LETTER, testContext());
    proxy.next({ kind: 'loseAnswer' });
    await state.putDeadLetter('s', { ...DEAD_LETTER, attempts: 8, recordedAt: T0 + 9_000 }, testContext());
    const { Items } = await clients.dynamoDb.send(
      new QueryCommand({
        TableName: stateTable,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: key.pk } },
      }),
    );
    t.is(Items?.length, 1);
    t.deepEqual(Items?.[0]?.firstSeenAt, { S: '2026-11-20T10:00:01.000Z' });
    t.deepEqual(Items?.[0]?.lastSeenAt, { S: '2026-11-20T10:00:09.000Z' });
    t.deepEqual(Items?.[0]?.attempts, { N: '8' });
  });

  test.serial('a dead letter too big for an item is stored gzipped, and says so', async (t) => {
    const { state, stateTable, item } = await bench(t);
    const content = JSON.stringify({ record: Array.from({ length: 30_000 }, (_, index) => `segment-${index}-é`) });
    t.true(Buffer.byteLength(content) > 400 * 1024);
    await state.putDeadLetter('s', { ...DEAD_LETTER, content }, testContext());
    const stored = await item(stateTable, key);
    t.deepEqual(stored?.contentEncoding, { S: 'gzip' });
    t.is(gunzipSync(stored?.content?.B ?? new Uint8Array()).toString('utf8'), content);
  });

  test.serial('a dead letter too big for an item even when gzipped is cut, and says how large it was', async (t) => {
    const { state, stateTable, item } = await bench(t);
    // Random bytes, which gzip cannot make smaller.
    const content = `é${randomBytes(600 * 1024).toString('base64')}`;
    const bytes = Buffer.byteLength(content);
    const widest = { reason: '\u00e9'.repeat(1_024), conversationId: 'x'.repeat(256) };
    await state.putDeadLetter('s', { ...DEAD_LETTER, ...widest, content }, testContext());
    const stored = await item(stateTable, key);
    t.deepEqual(stored?.contentEncoding, { S: 'identity' });
    t.is(Buffer.byteLength(stored?.content?.S ?? ''), 300 * 1024);
    t.true(content.startsWith(stored?.content?.S ?? '-'));
    t.deepEqual(stored?.contentBytes, { N: String(bytes) });
    t.deepEqual(stored?.contentSha256, { S: hash('sha256', content) });
    t.like(readDeadLetterItem(stored ?? {}), { whole: { bytes, sha256: hash('sha256', content) } });
  });

  test.serial('a dead letter that fills an item to its limit is taken', async (t) => {
    const { state, stateTable, item } = await bench(t);
    // As many random bytes as just fit once they are gzipped.
    const random = randomBytes(294 * 1024).toString('base64');
    const widest = { reason: '\u00e9'.repeat(1_024), conversationId: 'x'.repeat(256) };
    await state.putDeadLetter('s', { ...DEAD_LETTER, ...widest, content: random }, testContext());
    const stored = await item(stateTable, key);
    t.deepEqual(stored?.contentEncoding, { S: 'gzip' });
    t.is(readDeadLetterItem(stored ?? {})?.content, random);
    t.is(readDeadLetterItem(stored ?? {})?.whole, undefined);
  });

  test.serial('a dead letter that is a record without a conversation has no conversationId', async (t) => {
    const { state, stateTable, item } = await bench(t);
    const { conversationId: _, ...record } = { ...DEAD_LETTER, kind: 'record', time: 0 } as const;
    await state.putDeadLetter('s', record, testContext());
    const stored = await item(stateTable, { ...key, sk: 'dead-letter#1970-01-01T00:00:00.000Z#e3b0c442' });
    t.deepEqual(stored?.kind, { S: 'record' });
    t.is(stored?.conversationId, undefined);
  });
}

function failures(test: TestFn<Context>): void {
  test.serial('every operation names a missing table, with setup as the remedy', async (t) => {
    const { clients } = t.context;
    const state = new DynamoStateStore({ client: clients.dynamoDb, table: 'NoState', poller: 'p', clock });
    const dedup = new DynamoDedupStore({ client: clients.dynamoDb, table: 'NoDedup', clock });
    const operations: [string, () => Promise<unknown>][] = [
      ['NoDedup', () => dedup.read(['a'], testContext())],
      ['NoDedup', () => dedup.write([{ id: 'a', expiresAt: 1 }], 1, testContext())],
      ['NoState', () => state.readCheckpoint('s', testContext())],
      ['NoState', () => state.writeCheckpoint('s', CHECKPOINT, testContext())],
      ['NoState', () => state.fenceCheckpoint('s', 1, testContext())],
      ['NoState', () => state.readLease('s', testContext())],
      ['NoState', () => state.writeLease('s', undefined, LEASE, testContext())],
      ['NoState', () => state.putDeadLetter('s', DEAD_LETTER, testContext())],
    ];
    for (const [table, operation] of operations) {
      const failure = await t.throwsAsync(operation, { instanceOf: Failure });
      t.is(failure.code, 'table.missing');
      t.regex(failure.message, new RegExp(`no table ${table}\\b.*genesys-poller setup`));
    }
  });

  test.serial('a table with other keys is a schema failure, not an outage', async (t) => {
    const { clients } = t.context;
    const table = `Wrong${tables++}`;
    await createTable(t, table, 'other');
    const dedup = new DynamoDedupStore({ client: clients.dynamoDb, table, clock });
    const context = testContext();
    const failure = await t.throwsAsync(() => dedup.read(['a'], context), { instanceOf: Failure });
    t.is(failure.code, 'table.schema');
    t.regex(failure.message, new RegExp(`refused dynamodb:BatchGetItem on table ${table}`));
    t.is(context.counts.dynamoCalls, 1);
  });

  test.serial('a checkpoint or a lease that something else has damaged is a schema failure', async (t) => {
    const { state, stateTable, clients } = await bench(t);
    await state.writeCheckpoint('s', CHECKPOINT, testContext());
    await state.writeLease('s', undefined, LEASE, testContext());
    for (const [sk, attribute] of [
      ['checkpoint', 'watermark'],
      ['lease', 'holder'],
    ] as const) {
      await clients.dynamoDb.send(
        new UpdateItemCommand({
          TableName: stateTable,
          Key: { pk: { S: 'poller-1#s' }, sk: { S: sk } },
          UpdateExpression: 'REMOVE #a',
          ExpressionAttributeNames: { '#a': attribute },
        }),
      );
    }
    for (const read of [() => state.readCheckpoint('s', testContext()), () => state.readLease('s', testContext())]) {
      const failure = await t.throwsAsync<Failure>(read, { instanceOf: Failure });
      t.is(failure.code, 'table.schema');
      t.regex(failure.message, /The item poller-1#s \/ (checkpoint|lease) in table State\d+ cannot be read/);
    }
  });
}

function setupOptions(t: ExecutionContext<Context>) {
  const number = tables++;
  const { clients } = t.context;
  return {
    clients,
    stateTable: `State${number}`,
    dedupTable: `Dedup${number}`,
    dryRun: false,
    clock,
    signal: new AbortController().signal,
  };
}

async function createTable(t: ExecutionContext<Context>, TableName: string, key: string): Promise<void> {
  const { dynamoDb } = t.context.clients;
  await dynamoDb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
    }),
  );
  while ((await dynamoDb.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus !== 'ACTIVE') {
    await clock.sleep(10);
  }
}

export async function bench(t: ExecutionContext<Context>): Promise<Bench> {
  const options = setupOptions(t);
  await setUp(options);
  const { clients, stateTable, dedupTable } = options;
  const proxy = await startFaultProxy(t.context.endpoint.url);
  const short = { connection: 6_000, request: 6_000, body: 6_000 };
  const throughProxy = localClients({ dynamoDb: proxy.url }, { table: short });
  t.teardown(async () => {
    throughProxy.close();
    await proxy.close();
  });
  const client = throughProxy.dynamoDb;
  return {
    stateTable,
    dedupTable,
    clients,
    proxy,
    client,
    state: new DynamoStateStore({ client, table: stateTable, poller: 'poller-1', clock }),
    dedup: new DynamoDedupStore({ client, table: dedupTable, clock }),
    stateOf: (poller) => new DynamoStateStore({ client: clients.dynamoDb, table: stateTable, poller, clock }),
    async item(TableName, key) {
      const Key = Object.fromEntries(Object.entries(key).map(([name, value]) => [name, { S: value }]));
      const answer = await clients.dynamoDb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
      return answer.Item;
    },
  };
}
