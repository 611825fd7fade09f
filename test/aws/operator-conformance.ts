import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { TestFn } from 'ava';
import type { DeadLetter } from '../../src/domain/dead-letter.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { LastCycle, StoredDeadLetter } from '../../src/ports/state-store.ts';
import { testContext } from '../support/request-context.ts';
import { bench, CHECKPOINT, type Context, DEAD_LETTER, LEASE, T0 } from './dynamo-conformance.ts';

const COMPLETED: LastCycle = {
  outcome: 'completed',
  at: T0 + 30_000,
  published: 12,
  watermark: T0 + 20_000,
  budgetShare: 0.25,
  throttledMs: 1_500,
  nextDue: T0 + 60_000,
};

/** What operators read and repair in the table that the daemon's adapter writes. */
export function operatorState(test: TestFn<Context>): void {
  test.serial('a stream that has never been polled has nothing stored', async (t) => {
    const { state } = await bench(t);
    t.deepEqual(await state.readStream('conversations', testContext()), {});
    t.deepEqual(await state.countDeadLetters('conversations', 10, testContext()), new Map());
    t.deepEqual(await all(state.deadLetters('conversations', testContext())), []);
  });

  test.serial(
    'what is stored of a stream is read: checkpoint, lease and when it was written, last cycle',
    async (t) => {
      const { state } = await bench(t);
      const before = Date.now();
      await state.writeCheckpoint('s', CHECKPOINT, testContext());
      await state.writeLease('s', undefined, LEASE, testContext(), COMPLETED);
      const { leaseWrittenAt, ...rest } = await state.readStream('s', testContext());
      t.deepEqual(rest, { checkpoint: CHECKPOINT, lease: LEASE, lastCycle: COMPLETED });
      t.true((leaseWrittenAt ?? 0) >= before && (leaseWrittenAt ?? 0) <= Date.now());
    },
  );

  test.serial('a renewal without a new cycle leaves the stored last cycle as it was', async (t) => {
    const { state } = await bench(t);
    await state.writeLease('s', undefined, LEASE, testContext(), COMPLETED);
    await state.writeLease('s', 1, { ...LEASE, version: 2, holder: '' }, testContext());
    t.deepEqual((await state.readStream('s', testContext())).lastCycle, COMPLETED);
  });

  test.serial('dead letters are counted by their reason, over all pages', async (t) => {
    const { state } = await bench(t);
    const reasons = ['no ID', 'too large', 'no ID'];
    for (const [n, reason] of reasons.entries())
      await state.putDeadLetter('s', { ...DEAD_LETTER, id: `id-${n}`, time: T0 + n, reason }, testContext());
    const counted = await state.countDeadLetters('s', 10, testContext());
    t.deepEqual(
      counted,
      new Map([
        ['no ID', 2],
        ['too large', 1],
      ]),
    );
  });

  test.serial('the version of the holder comes with its lease, and leaves with a holder that has none', async (t) => {
    const { state } = await bench(t);
    const versioned = { ...LEASE, programVersion: '1.2.3' };
    t.deepEqual(await state.writeLease('s', undefined, versioned, testContext()), { outcome: 'written' });
    t.deepEqual((await state.readStream('s', testContext())).lease, versioned);
    const next = { ...LEASE, version: LEASE.version + 1 };
    await state.writeLease('s', LEASE.version, next, testContext(), COMPLETED);
    t.deepEqual((await state.readStream('s', testContext())).lease, next);
  });

  test.serial(
    'standbys are noted beside one another; a note is renewed, and those of the gone are removed',
    async (t) => {
      const { state } = await bench(t);
      await state.writeLease('s', undefined, LEASE, testContext());
      const HOUR = 3_600_000;
      const a = { holder: 'host-a:1:x', at: T0, programVersion: '1.2.3' };
      const b = { holder: 'host-b:1:y', at: T0 + HOUR };
      const stored = async () =>
        [...((await state.readStream('s', testContext())).standbys ?? [])].sort((p, q) => p.at - q.at);
      for (const note of [a, b]) await state.noteStandby('s', note, testContext());
      t.deepEqual(await stored(), [a, b]);
      t.deepEqual((await state.readStream('other', testContext())).standbys, undefined);

      const renewed = { ...b, at: T0 + 2 * HOUR - 1 };
      await state.noteStandby('s', renewed, testContext());
      t.deepEqual(await stored(), [a, renewed]);
      const later = { ...b, at: T0 + 2 * HOUR };
      await state.noteStandby('s', later, testContext());
      t.deepEqual(await stored(), [later]);
    },
  );

  test.serial(
    'a failed cycle is stored with its code and its reason, cut so that the lease stays one write unit',
    async (t) => {
      const { state } = await bench(t);
      const failed = { ...COMPLETED, outcome: 'failed', code: 'bus.denied', reason: 'é'.repeat(5_000) } as const;
      await state.writeLease('s', undefined, LEASE, testContext(), failed);
      t.deepEqual((await state.readStream('s', testContext())).lastCycle, { ...failed, reason: 'é'.repeat(400) });
      t.deepEqual(await state.readLease('s', testContext()), LEASE);
    },
  );

  test.serial(
    'the dead letters of one stream of one poller come with all they hold, the earliest fact first',
    async (t) => {
      const { state, stateOf } = await bench(t);
      const deadLetters = [3, 1, 2].map((n): DeadLetter => ({ ...DEAD_LETTER, id: `id-${n}`, time: T0 + n }));
      for (const deadLetter of deadLetters) await state.putDeadLetter('s', deadLetter, testContext());
      await state.putDeadLetter('other', DEAD_LETTER, testContext());
      await stateOf('poller-2').putDeadLetter('s', DEAD_LETTER, testContext());
      await state.writeCheckpoint('s', CHECKPOINT, testContext());
      await state.putDeadLetter('s', { ...deadLetters[1], recordedAt: T0 + 9_000 } as DeadLetter, testContext());

      const read = await all(state.deadLetters('s', testContext()));
      t.deepEqual(
        read.map(({ id, firstSeenAt, recordedAt }) => [id, firstSeenAt - T0, recordedAt - T0]),
        [
          ['id-1', 1_000, 9_000],
          ['id-2', 1_000, 1_000],
          ['id-3', 1_000, 1_000],
        ],
      );
      t.deepEqual(read[1], { ...(deadLetters[2] as DeadLetter), firstSeenAt: T0 + 1_000 });
      const { reason } = DEAD_LETTER;
      t.deepEqual(await state.countDeadLetters('s', 10, testContext()), new Map([[reason, 3]]));
      t.deepEqual(await state.countDeadLetters('s', 2, testContext()), new Map([[reason, 2]]));
    },
  );

  test.serial('a dead letter is found by the beginning of its ID', async (t) => {
    const { state } = await bench(t);
    for (const id of ['abc1', 'abc2', 'bcd1']) await state.putDeadLetter('s', { ...DEAD_LETTER, id }, testContext());
    const found = async (prefix: string) =>
      (await all(state.deadLetters('s', testContext(), prefix))).map(({ id }) => id);
    t.deepEqual(await found('abc'), ['abc1', 'abc2']);
    t.deepEqual(await found('bcd1'), ['bcd1']);
    t.deepEqual(await found('xyz'), []);
  });

  test.serial('dead letters that fill several pages all come, the gzipped ones unpacked', async (t) => {
    const { state, proxy } = await bench(t);
    const content = JSON.stringify({ record: 'x'.repeat(290 * 1024) });
    const huge = JSON.stringify({ record: 'y'.repeat(500 * 1024) });
    for (let n = 0; n < 5; n++)
      await state.putDeadLetter('s', { ...DEAD_LETTER, id: `id-${n}`, content }, testContext());
    await state.putDeadLetter('s', { ...DEAD_LETTER, id: 'id-5', content: huge }, testContext());
    const read = await all(state.deadLetters('s', testContext()));
    t.deepEqual(
      read.map(({ id }) => id),
      ['id-0', 'id-1', 'id-2', 'id-3', 'id-4', 'id-5'],
    );
    t.true(read.slice(0, 5).every((deadLetter) => deadLetter.content === content) && read[5]?.content === huge);
    t.true(proxy.passed.filter(({ operation }) => operation === 'Query').length > 1);
    t.deepEqual(await state.countDeadLetters('s', 1_000, testContext()), new Map([[DEAD_LETTER.reason, 6]]));
  });

  test.serial('a dead letter is removed alone, and removing it again is not an error', async (t) => {
    const { state } = await bench(t);
    const other = { ...DEAD_LETTER, id: 'other' };
    for (const deadLetter of [DEAD_LETTER, other]) await state.putDeadLetter('s', deadLetter, testContext());
    for (const _ of [1, 2]) await state.deleteDeadLetter('s', DEAD_LETTER, testContext());
    t.deepEqual(
      (await all(state.deadLetters('s', testContext()))).map(({ id }) => id),
      ['other'],
    );
  });

  test.serial('a checkpoint is set back and forward; its origin stays', async (t) => {
    const { state } = await bench(t);
    await state.writeCheckpoint('s', CHECKPOINT, testContext());
    for (const watermark of [T0 - 30_000, T0 + 60_000]) {
      const set = { watermark, origin: T0, fence: 2, updatedAt: T0 + 9 };
      t.deepEqual(await state.setCheckpoint('s', set, testContext()), { outcome: 'written' });
      t.deepEqual(await state.readCheckpoint('s', testContext()), { ...set, origin: CHECKPOINT.origin });
    }
  });

  test.serial('a checkpoint is set where none is', async (t) => {
    const { state } = await bench(t);
    t.deepEqual(await state.setCheckpoint('s', CHECKPOINT, testContext()), { outcome: 'written' });
    t.deepEqual(await state.readCheckpoint('s', testContext()), CHECKPOINT);
  });

  test.serial('a checkpoint is not set under a fence that has been overtaken', async (t) => {
    const { state } = await bench(t);
    const stored = { ...CHECKPOINT, fence: 3 };
    await state.writeCheckpoint('s', stored, testContext());
    const set = { ...CHECKPOINT, watermark: T0 - 1, fence: 2 };
    t.deepEqual(await state.setCheckpoint('s', set, testContext()), { outcome: 'refused', stored });
  });

  test.serial('setting a checkpoint survives a lost answer', async (t) => {
    const { state, proxy } = await bench(t);
    proxy.next({ kind: 'loseAnswer' });
    t.deepEqual(await state.setCheckpoint('s', CHECKPOINT, testContext()), { outcome: 'written' });
  });

  test.serial('an item that is not ours is named', async (t) => {
    const { state, clients, stateTable } = await bench(t);
    for (const [sk, content] of [
      ['dead-letter#x', { S: 'no gzip' }],
      ['dead-letter#y', { B: new Uint8Array([1, 2, 3]) }],
    ] as const) {
      const Item = { pk: { S: 'poller-1#s' }, sk: { S: sk }, id: { S: sk }, content, contentEncoding: { S: 'gzip' } };
      await clients.dynamoDb.send(new PutItemCommand({ TableName: stateTable, Item }));
      const failure = await t.throwsAsync(all(state.deadLetters('s', testContext(), sk)), { instanceOf: Failure });
      t.is(failure.code, 'table.schema');
      t.true(failure.message.includes(`poller-1#s / ${sk}`));
    }
  });

  test.serial('a missing permission is named by its action', async (t) => {
    const { state, proxy } = await bench(t);
    const denied = { kind: 'error', status: 400, type: 'AccessDeniedException' } as const;
    for (const [act, action] of [
      [() => state.countDeadLetters('s', 1, testContext()), 'dynamodb:Query'],
      [() => state.deleteDeadLetter('s', DEAD_LETTER, testContext()), 'dynamodb:DeleteItem'],
      [() => state.setCheckpoint('s', CHECKPOINT, testContext()), 'dynamodb:UpdateItem'],
    ] as const) {
      proxy.next(denied);
      const failure = await t.throwsAsync<Failure>(act, { instanceOf: Failure });
      t.is(failure.code, 'table.denied');
      t.true(failure.message.includes(action));
    }
  });
}

async function all(deadLetters: AsyncIterable<StoredDeadLetter>): Promise<StoredDeadLetter[]> {
  const read: StoredDeadLetter[] = [];
  for await (const deadLetter of deadLetters) read.push(deadLetter);
  return read;
}
