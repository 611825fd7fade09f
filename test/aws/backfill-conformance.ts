import type { TestFn } from 'ava';
import { Failure } from '../../src/domain/failure.ts';
import type { BackfillRun } from '../../src/ports/state-store.ts';
import { testContext } from '../support/request-context.ts';
import { bench, CHECKPOINT, type Context, T0 } from './dynamo-conformance.ts';

const HOUR = 3_600_000;
const RUN: BackfillRun = {
  period: { start: T0 - 48 * HOUR, end: T0 - 24 * HOUR },
  selection: 'outbound agentCallConnected',
  checkpoint: { watermark: T0 - 48 * HOUR, origin: T0 - 48 * HOUR, fence: 3, updatedAt: T0 },
  earlier: [],
};
const ANOTHER: BackfillRun = {
  period: { start: T0 - 96 * HOUR, end: T0 - 24 * HOUR },
  selection: 'all agentCallConnected',
  checkpoint: { watermark: T0 - 96 * HOUR, origin: T0 - 96 * HOUR, fence: 3, updatedAt: T0 + 9 },
  earlier: [
    { start: T0 - 96 * HOUR, end: T0 - 90 * HOUR },
    { start: T0 - 48 * HOUR, end: T0 - 24 * HOUR },
  ],
};

/** How the run of a backfill is kept beside the checkpoints that the daemon's adapter writes. */
export function backfillRuns(test: TestFn<Context>): void {
  test.serial('there is no run before the first, and then it is as it was written', async (t) => {
    const { state } = await bench(t);
    t.is(await state.readBackfillRun(testContext()), undefined);
    t.is(await state.writeBackfillRun(RUN, testContext()), 'written');
    t.deepEqual(await state.readBackfillRun(testContext()), RUN);
  });

  test.serial(
    'a run has the attributes of every checkpoint, where it ends, what it publishes, and the periods before it',
    async (t) => {
      const { state, item, stateTable } = await bench(t);
      await state.writeBackfillRun({ ...RUN, earlier: [RUN.period] }, testContext());
      t.deepEqual(await item(stateTable, { pk: 'poller-1#backfill', sk: 'checkpoint' }), {
        pk: { S: 'poller-1#backfill' },
        sk: { S: 'checkpoint' },
        watermark: { S: '2026-11-18T10:00:00.000Z' },
        origin: { S: '2026-11-18T10:00:00.000Z' },
        until: { S: '2026-11-19T10:00:00.000Z' },
        selection: { S: 'outbound agentCallConnected' },
        earlier: { L: [{ M: { from: { S: '2026-11-18T10:00:00.000Z' }, to: { S: '2026-11-19T10:00:00.000Z' } } }] },
        fence: { N: '3' },
        updatedAt: { S: '2026-11-20T10:00:00.000Z' },
      });
    },
  );

  test.serial(
    'its checkpoint moves, is fenced and is read as that of any stream, and it is still the same run',
    async (t) => {
      const { state } = await bench(t);
      await state.writeBackfillRun(RUN, testContext());
      const moved = { ...RUN.checkpoint, watermark: T0 - 42 * HOUR, updatedAt: T0 + 60_000 };
      t.deepEqual(await state.writeCheckpoint('backfill', moved, testContext()), { outcome: 'written' });
      t.deepEqual(await state.readBackfillRun(testContext()), { ...RUN, checkpoint: moved });
      await state.fenceCheckpoint('backfill', 4, testContext());
      t.deepEqual(await state.readBackfillRun(testContext()), { ...RUN, checkpoint: { ...moved, fence: 4 } });
      t.deepEqual(await state.readCheckpoint('backfill', testContext()), { ...moved, fence: 4 });
    },
  );

  test.serial(
    'another run takes its place, wherever the one before stood, and the one before can no longer move it',
    async (t) => {
      const { state } = await bench(t);
      await state.writeBackfillRun(RUN, testContext());
      t.is(await state.writeBackfillRun(ANOTHER, testContext()), 'written');
      t.deepEqual(await state.readBackfillRun(testContext()), ANOTHER);
      const late = { ...RUN.checkpoint, watermark: T0 - 30 * HOUR };
      t.like(await state.writeCheckpoint('backfill', late, testContext()), { outcome: 'refused' });
      t.deepEqual(await state.readBackfillRun(testContext()), ANOTHER);
    },
  );

  test.serial('a process whose lease another has taken over begins no run', async (t) => {
    const { state } = await bench(t);
    await state.writeBackfillRun(RUN, testContext());
    await state.fenceCheckpoint('backfill', 4, testContext());
    t.is(await state.writeBackfillRun(ANOTHER, testContext()), 'refused');
    t.deepEqual((await state.readBackfillRun(testContext()))?.period, RUN.period);
  });

  test.serial('a run whose answer was lost is written again, and is written', async (t) => {
    const { state, proxy } = await bench(t);
    proxy.next({ kind: 'loseAnswer' });
    const context = testContext();
    t.is(await state.writeBackfillRun(RUN, context), 'written');
    t.is(context.counts.dynamoCalls, 2);
  });

  test.serial('a checkpoint that another writer has put there is no run, and gives way to one', async (t) => {
    const { state } = await bench(t);
    await state.writeCheckpoint('backfill', CHECKPOINT, testContext());
    t.is(await state.readBackfillRun(testContext()), undefined);
    t.is(await state.writeBackfillRun(RUN, testContext()), 'written');
    t.deepEqual(await state.readBackfillRun(testContext()), RUN);
  });

  test.serial('a table that cannot be used is a Failure that names the action', async (t) => {
    const { state, proxy } = await bench(t);
    const denied = { kind: 'error', status: 400, type: 'AccessDeniedException' } as const;
    for (const [act, action] of [
      [() => state.readBackfillRun(testContext()), 'dynamodb:GetItem'],
      [() => state.writeBackfillRun(RUN, testContext()), 'dynamodb:UpdateItem'],
    ] as const) {
      proxy.next(denied);
      const failure = await t.throwsAsync<Failure>(act, { instanceOf: Failure });
      t.is(failure.code, 'table.denied');
      t.true(failure.message.includes(action));
    }
  });
}
