import type { ExecutionContext, TestFn } from 'ava';
import { DynamoStateStore } from '../../src/aws/state-store.ts';
import type { DedupHistory } from '../../src/domain/dedup-history.ts';
import { Failure } from '../../src/domain/failure.ts';
import { updateItem } from '../../src/pipeline/update-item.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testContext } from '../support/request-context.ts';
import { bench, type Context, T0 } from './dynamo-conformance.ts';

const DAY = 86_400_000;
const HISTORY: DedupHistory = [
  { from: T0 - 6 * DAY, ttl: 7 * DAY },
  { from: T0, ttl: 30 * DAY },
];
const BINDING = { id: 'org-1', clients: ['api.example a1', 'api.example b2'] };

/** How the items of a poller as a whole are kept beside those of its streams. */
export function pollerState(test: TestFn<Context>): void {
  test.serial(
    'there is nothing of the poller as a whole before the first write, and then it is as it was written',
    async (t) => {
      const { state } = await stateBench(t);
      t.is(await state.dedupHistory.read(testContext()), undefined);
      t.is(await state.organisation.read(testContext()), undefined);
      t.is(await state.dedupHistory.write(HISTORY, undefined, testContext()), 'written');
      t.is(await state.organisation.write(BINDING, undefined, testContext()), 'written');
      t.deepEqual(await state.dedupHistory.read(testContext()), { value: HISTORY, version: 1 });
      t.deepEqual(await state.organisation.read(testContext()), { value: BINDING, version: 1 });
    },
  );

  test.serial('the keys and attributes of these items are those that operators see', async (t) => {
    const { state, item, stateTable } = await stateBench(t);
    await state.dedupHistory.write(HISTORY, undefined, testContext());
    await state.organisation.write({ id: undefined, clients: ['api.example a1'] }, undefined, testContext());
    const updatedAt = { S: '2026-11-20T10:00:00.000Z' };
    t.deepEqual(await item(stateTable, { pk: 'poller-1', sk: 'dedup-since' }), {
      ...{ pk: { S: 'poller-1' }, sk: { S: 'dedup-since' }, version: { N: '1' }, updatedAt },
      eras: {
        L: [
          { M: { from: { S: '2026-11-14T10:00:00.000Z' }, ttlMs: { N: '604800000' } } },
          { M: { from: { S: '2026-11-20T10:00:00.000Z' }, ttlMs: { N: '2592000000' } } },
        ],
      },
    });
    t.deepEqual(await item(stateTable, { pk: 'poller-1', sk: 'organisation' }), {
      ...{ pk: { S: 'poller-1' }, sk: { S: 'organisation' }, version: { N: '1' }, updatedAt },
      clients: { L: [{ S: 'api.example a1' }] },
    });
  });

  test.serial('a write over another version than is stored is refused, the first write included', async (t) => {
    const { state } = await stateBench(t);
    t.is(await state.organisation.write(BINDING, 1, testContext()), 'refused');
    await state.organisation.write(BINDING, undefined, testContext());
    t.is(await state.organisation.write(BINDING, undefined, testContext()), 'refused');
    t.is(await state.organisation.write({ ...BINDING, id: 'org-2' }, 1, testContext()), 'written');
    t.is(await state.organisation.write(BINDING, 1, testContext()), 'refused');
    t.like(await state.organisation.read(testContext()), { value: { id: 'org-2' }, version: 2 });
  });

  test.serial('what is settled while another host writes is judged anew, and both are heard', async (t) => {
    const { state } = await stateBench(t);
    const add = (client: string) => (stored?: { id: string | undefined; clients: readonly string[] }) => ({
      id: 'org-1',
      clients: [...(stored?.clients ?? []), client],
    });
    await Promise.all(['a', 'b', 'c'].map((client) => updateItem(state.organisation, add(client), testContext())));
    const { value, version } = (await state.organisation.read(testContext())) ?? {};
    t.deepEqual([...(value?.clients ?? [])].sort(), ['a', 'b', 'c']);
    t.is(version, 3);
  });

  test.serial('a write whose answer was lost is refused when repeated, and settled all the same', async (t) => {
    const { state, proxy } = await stateBench(t);
    await state.dedupHistory.read(testContext());
    proxy.next({ kind: 'loseAnswer' });
    t.is(await state.dedupHistory.write(HISTORY, undefined, testContext()), 'refused');
    const same = (stored: DedupHistory | undefined) => stored ?? HISTORY;
    t.deepEqual(await updateItem(state.dedupHistory, same, testContext()), HISTORY);
    t.like(await state.dedupHistory.read(testContext()), { version: 1 });
  });

  test.serial('an item that this program did not write is a Failure that names it', async (t) => {
    const { state } = await stateBench(t);
    // Two names, one key: what is well-formed under the one cannot be read under the other.
    const stranger = Object.assign(Object.create(Object.getPrototypeOf(state.dedupHistory)), state.dedupHistory, {
      key: { pk: { S: 'poller-1' }, sk: { S: 'organisation' } },
    }) as typeof state.dedupHistory;
    await state.organisation.write(BINDING, undefined, testContext());
    const failure = await t.throwsAsync<Failure>(() => stranger.read(testContext()), { instanceOf: Failure });
    t.is(failure.code, 'table.schema');
    t.regex(failure.message, /poller-1 \/ organisation/);
  });

  test.serial('a table that cannot be used is a Failure that names the action of these items too', async (t) => {
    const { state, proxy } = await stateBench(t);
    const denied = { kind: 'error', status: 400, type: 'AccessDeniedException' } as const;
    for (const [act, action] of [
      [() => state.organisation.read(testContext()), 'dynamodb:GetItem'],
      [() => state.organisation.write(BINDING, undefined, testContext()), 'dynamodb:UpdateItem'],
    ] as const) {
      proxy.next(denied);
      const failure = await t.throwsAsync<Failure>(act, { instanceOf: Failure });
      t.is(failure.code, 'table.denied');
      t.true(failure.message.includes(action));
    }
  });
}

async function stateBench(t: ExecutionContext<Context>) {
  const { client, stateTable, proxy, item } = await bench(t);
  const clock = new ManualClock('2026-11-20T10:00:00.000Z');
  const state = new DynamoStateStore({ client, table: stateTable, poller: 'poller-1', clock });
  return { state, stateTable, proxy, item };
}
