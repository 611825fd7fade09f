import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { createTransactionHandler } from '../../examples/consumer/src/transaction.ts';
import type { GenesysEvent } from '../../src/schema/events.ts';
import type { Endpoint } from '../aws/dynamo-conformance.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { type Delivered, REMEMBER_SECONDS } from './support/consumers.ts';
import { copyOf, eventsOf } from './support/events.ts';
import { figures, storm } from './support/storm.ts';
import { attemptsIn, type Counts, clientFor, createAttempts, createRecords, timePasses } from './support/tables.ts';

type Dialed = GenesysEvent<'contactDialed'>;
const test = anyTest as TestFn<{ readonly endpoint: Endpoint }>;
const EVENTS = eventsOf('contactDialed', 240);
const [EVENT] = EVENTS as [Dialed];

/** How often each contact was dialled in these events. */
function dialled(events: readonly Dialed[]): Counts {
  const counts: Record<string, number> = {};
  for (const { detail } of events) {
    const contact = `${detail.data.outboundContactListId}#${detail.data.outboundContactId}`;
    counts[contact] = (counts[contact] ?? 0) + 1;
  }
  return counts;
}

/**
 * Promises about the consumer whose effect and record are one transaction, over the database of the test's
 * context.
 */
export function conformInTransactions(): void {
  test('transaction: a copy counts nothing', async (t) => {
    const { handle, counts } = await bench(t);
    t.is(await handle(EVENT), 'done');
    t.is(await handle(copyOf(EVENT, 1)), 'duplicate');
    t.deepEqual(await counts(), dialled([EVENT]));
  });

  test('transaction: a process that is gone before the answer has counted, and counts once', async (t) => {
    const { handle, counts, proxy } = await bench(t);
    proxy.next({ kind: 'swallowAnswer' });
    void handle(EVENT).catch(() => undefined);
    while (sum(await counts()) === 0);
    t.is(await handle(copyOf(EVENT, 1)), 'duplicate');
    t.deepEqual(await counts(), dialled([EVENT]));
  });

  test('transaction: an answer that is lost is asked for again by the SDK, and counts once', async (t) => {
    const { handle, counts, proxy } = await bench(t);
    proxy.next({ kind: 'loseAnswer' });
    t.is(await handle(EVENT), 'done');
    t.deepEqual(await counts(), dialled([EVENT]));
  });

  test('transaction: one that never arrives leaves nothing behind, and comes again', async (t) => {
    const { handle, counts, proxy } = await bench(t);
    proxy.next({ kind: 'error', status: 400, type: 'AccessDeniedException' });
    await t.throwsAsync(handle(EVENT), { name: 'AccessDeniedException' });
    t.is(sum(await counts()), 0);
    t.is(await handle(EVENT), 'done');
  });

  test('transaction: a conflict with another at the same time is thrown, so that it comes again', async (t) => {
    const { handle, counts, proxy } = await bench(t);
    const CancellationReasons = [{ Code: 'None' }, { Code: 'TransactionConflict', Message: 'is in conflict' }];
    const text = JSON.stringify({ __type: 'TransactionCanceledException', message: 'cancelled', CancellationReasons });
    proxy.next({ kind: 'answer', status: 400, text });
    await t.throwsAsync(handle(EVENT), { name: 'TransactionCanceledException' });
    t.is(await handle(EVENT), 'done');
    t.deepEqual(await counts(), dialled([EVENT]));
  });

  test('transaction: an event of no contact is an error', async (t) => {
    const { handle, counts } = await bench(t);
    const { outboundContactId: _, ...data } = EVENT.detail.data;
    await t.throwsAsync(handle({ ...EVENT, detail: { ...EVENT.detail, data } }), { message: /names no contact/ });
    t.is(sum(await counts()), 0);
  });

  test('transaction: a copy that comes after the expiration counts again', async (t) => {
    const { handle, counts, passes } = await bench(t);
    await handle(EVENT);
    await passes(REMEMBER_SECONDS * 1000 + 2_000);
    t.is(await handle(copyOf(EVENT, 1)), 'done');
    t.is(sum(await counts()), 2);
  });

  test('transaction: each event counts once under 1,000 deliveries with crashes wherever they may be', async (t) => {
    const { handleDirectly, counts } = await bench(t);
    const passed = await storm<Dialed>({
      ...{ deliveries: 1_000, events: EVENTS, workers: 8 },
      mishaps: { crashesBefore: 0.05, crashesAfter: 0.05 },
      async deliver(event, mishap): Promise<Delivered> {
        if (mishap === 'crashesBefore') return 'crashed';
        try {
          await handleDirectly(event);
        } catch {
          // Two copies in conflict: Lambda tries again.
          return 'refused';
        }
        return mishap === 'crashesAfter' ? 'crashed' : 'handled';
      },
    });
    t.log(figures(passed, EVENTS.length, sum(await counts())));
    t.deepEqual(await counts(), dialled(EVENTS));
    t.true(passed.crashed > 50);
  });
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

async function bench(t: ExecutionContext<{ readonly endpoint: Endpoint }>) {
  const proxy = await startFaultProxy(t.context.endpoint.url);
  t.teardown(proxy.close);
  const direct = clientFor(t, t.context.endpoint.url);
  const [table, attemptsTable] = [await createRecords(direct), await createAttempts(direct)];
  const options = { table, attemptsTable, rememberSeconds: REMEMBER_SECONDS };
  return {
    proxy,
    handle: createTransactionHandler({ ...options, client: clientFor(t, proxy.url) }),
    handleDirectly: createTransactionHandler({ ...options, client: direct }),
    counts: () => attemptsIn(direct, attemptsTable),
    passes: (ms: number) => timePasses(direct, table, ms),
  };
}
