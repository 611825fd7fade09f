import { ScanCommand } from '@aws-sdk/client-dynamodb';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import type { Endpoint } from '../aws/dynamo-conformance.ts';
import { stackOf } from '../deploy/support/cloudformation.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import {
  type Consumer,
  consumerOf,
  crmOf,
  type Mishap,
  TIME_LEFT,
  VARIANTS,
  type VariantName,
} from './support/consumers.ts';
import { copyOf, eventsOf } from './support/events.ts';
import { figures, storm } from './support/storm.ts';
import { clientFor, createRecords, TEMPLATE, timePasses } from './support/tables.ts';

const test = anyTest as TestFn<{ readonly endpoint: Endpoint }>;
const NAMES = Object.keys(VARIANTS) as VariantName[];
const EVENTS = eventsOf('dispositionSet', 240);
const [EVENT, OTHER] = EVENTS as [(typeof EVENTS)[0], (typeof EVENTS)[0]];
const KEY = EVENT.detail.metadata.idempotencyKey;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DENIED = { kind: 'error', status: 400, type: 'AccessDeniedException' } as const;

interface Bench extends Consumer {
  /** The same consumer, not through the proxy. */
  readonly direct: Consumer;
  readonly proxy: FaultProxy;
  /** Makes every record older by so much. */
  passes(ms: number): Promise<void>;
  records(): Promise<number>;
}

/** Promises about both consumers that tell a CRM, over a database of this kind. */
export function conform(start: () => Promise<Endpoint>): void {
  test.before(async (t) => {
    (t.context as { endpoint: Endpoint }).endpoint = await start();
  });
  test.after.always((t) => t.context.endpoint?.close());

  for (const name of NAMES) {
    test(`${name}: a copy of what is done has no effect, in whatever the copies differ`, async (t) => {
      const { deliver, office, records } = await bench(t, name);
      t.is(await deliver(EVENT), 'handled');
      t.is(await deliver(copyOf(EVENT, 1)), 'handled');
      t.is(await deliver(OTHER), 'handled');
      t.deepEqual(office.calls, [KEY, OTHER.detail.metadata.idempotencyKey]);
      t.is(await records(), 2);
    });

    test(`${name}: of two copies at the same time one has the effect, the other is refused and comes again`, async (t) => {
      const { deliver, handle, office } = await bench(t, name);
      const atWork = new Gate();
      const goesOn = new Gate();
      const slow = crmOf(office, 'none');
      const first = handle(EVENT, {
        async report(...call) {
          atWork.open();
          await goesOn.opened;
          return slow.report(...call);
        },
      });
      await atWork.opened;
      t.is(await deliver(copyOf(EVENT, 1)), 'refused');
      goesOn.open();
      await first;
      t.is(await deliver(copyOf(EVENT, 1)), 'handled');
      t.deepEqual(office.calls, [KEY]);
    });

    test(`${name}: an effect that fails leaves no record, and comes again`, async (t) => {
      const { deliver, handle, office, records } = await bench(t, name);
      await t.throwsAsync(handle(EVENT, crmOf(office, 'effectFails')), { message: 'the CRM answered 503' });
      t.is(await records(), 0);
      t.is(await deliver(EVENT), 'handled');
      t.deepEqual(office.calls, [KEY]);
    });

    test(`${name}: where the failed effect's record cannot be removed, it is in the way until the time is over`, async (t) => {
      const { deliver, office, proxy, passes } = await bench(t, name);
      proxy.next(undefined, DENIED);
      t.is(await deliver(EVENT, 'effectFails'), 'refused');
      t.is(await deliver(EVENT), 'refused');
      await passes(TIME_LEFT + 1);
      t.is(await deliver(EVENT), 'handled');
      t.deepEqual(office.calls, [KEY]);
    });

    for (const [mishap, when, effects] of [
      ['crashesBefore', 'before the effect: it takes place once', 1],
      ['crashesAfter', 'between effect and record: it takes place twice, under one key', 2],
    ] as const) {
      test(`${name}: a process is gone ${when}`, async (t) => {
        const { deliver, office, passes } = await bench(t, name);
        t.is(await deliver(EVENT, mishap), 'crashed');
        await passes(TIME_LEFT / 2);
        t.is(await deliver(EVENT), 'refused');
        await passes(TIME_LEFT / 2 + 1);
        t.is(await deliver(EVENT), 'handled');
        t.is(await deliver(EVENT), 'handled');
        // A CRM that honours the key has done it once.
        t.deepEqual(office.calls, Array(effects).fill(KEY));
      });
    }

    test(`${name}: an effect whose record cannot be completed comes again: the same as a crash between them`, async (t) => {
      const { deliver, office, proxy, passes } = await bench(t, name);
      proxy.next(undefined, DENIED);
      t.is(await deliver(EVENT), 'refused');
      await passes(TIME_LEFT + 1);
      t.is(await deliver(EVENT), 'handled');
      t.deepEqual(office.calls, [KEY, KEY]);
    });

    test(`${name}: a lost answer to the completion repeats nothing`, async (t) => {
      const { deliver, office, proxy } = await bench(t, name);
      proxy.next(undefined, { kind: 'loseAnswer' });
      t.is(await deliver(EVENT), 'handled');
      t.is(await deliver(EVENT), 'handled');
      t.deepEqual(office.calls, [KEY]);
    });

    test(`${name}: a copy that comes after the record's expiration has its effect again`, async (t) => {
      const { deliver, office, passes } = await bench(t, name);
      const days = Number(stackOf(TEMPLATE).Function?.Properties.Environment.Variables.REMEMBER_DAYS);
      await deliver(EVENT);
      await passes(days * DAY - HOUR);
      await deliver(copyOf(EVENT, 1));
      t.deepEqual(office.calls, [KEY]);
      await passes(HOUR + 2_000);
      await deliver(copyOf(EVENT, 2));
      t.deepEqual(office.calls, [KEY, KEY]);
    });

    test(`${name}: each event has its effect once under 1,000 deliveries with failures, concurrency and disorder`, async (t) => {
      const { direct: consumer } = await bench(t, name);
      const passed = await under(t, consumer, { effectFails: 0.1, crashesBefore: 0.1 });
      t.deepEqual(consumer.office.calls.toSorted(), keys());
      // A storm in which nothing goes wrong proves nothing.
      t.true(passed.crashed > 3 && passed.refused > 20);
    });
  }

  test('Powertools: a copy of what is done gets the same receipt', async (t) => {
    const { handle } = await bench(t, 'Powertools');
    t.deepEqual(await handle(EVENT), { reference: 'case 1' });
    t.deepEqual(await handle(copyOf(EVENT, 1)), { reference: 'case 1' });
  });

  test('Powertools: the same key with other data is an error every time, and has no effect', async (t) => {
    const { handle, office } = await bench(t, 'Powertools');
    await handle(EVENT);
    const { detail } = EVENT;
    const altered = { ...EVENT, detail: { ...detail, data: { ...detail.data, disposition: 'another' } } };
    for (let time = 0; time < 3; time++) {
      await t.throwsAsync(handle(altered), { name: 'IdempotencyValidationError' });
    }
    t.deepEqual(office.calls, [KEY]);
  });

  test('Powertools: an event without a key is an error, and has no effect', async (t) => {
    const { handle, office } = await bench(t, 'Powertools');
    const { idempotencyKey: _, ...metadata } = EVENT.detail.metadata;
    const strange = { ...EVENT, detail: { ...EVENT.detail, metadata } } as unknown as typeof EVENT;
    await t.throwsAsync(handle(strange), { name: 'IdempotencyPersistenceLayerError' });
    t.deepEqual(office.calls, []);
  });

  test('Powertools: a claim whose answer is lost is in its own way until the time is over', async (t) => {
    const { deliver, office, proxy, passes } = await bench(t, 'Powertools');
    proxy.next({ kind: 'loseAnswer' });
    t.is(await deliver(EVENT), 'refused');
    t.deepEqual(office.calls, []);
    await passes(TIME_LEFT + 1);
    t.is(await deliver(EVENT), 'handled');
    t.deepEqual(office.calls, [KEY]);
  });

  test('record first: a claim whose answer is lost is known for its own', async (t) => {
    const { deliver, office, proxy } = await bench(t, 'record first');
    proxy.next({ kind: 'loseAnswer' });
    t.is(await deliver(EVENT), 'handled');
    t.is(await deliver(EVENT), 'handled');
    t.deepEqual(office.calls, [KEY]);
  });

  test('record first: an instance that ends late takes nothing from the one that has taken over', async (t) => {
    const { deliver, handle, office, passes } = await bench(t, 'record first');
    const goesOn = new Gate();
    const atWork = new Gate();
    const late = handle(EVENT, {
      async report() {
        atWork.open();
        await goesOn.opened;
        throw new Error('too late');
      },
    });
    await atWork.opened;
    await passes(TIME_LEFT + 1);
    t.is(await deliver(EVENT), 'handled');
    goesOn.open();
    await t.throwsAsync(late, { message: 'too late' });
    t.is(await deliver(EVENT), 'handled');
    t.deepEqual(office.calls, [KEY]);
  });

  test('record first: what DynamoDB refuses is thrown, before any effect', async (t) => {
    const { handle, office, proxy } = await bench(t, 'record first');
    proxy.next(DENIED);
    await t.throwsAsync(handle(EVENT), { name: 'AccessDeniedException' });
    t.deepEqual(office.calls, []);
  });
}

/**
 * And about deliveries by the thousand with crashes at the worst time, over the database of the test's
 * context.
 */
export function conformInCrashes(): void {
  for (const name of NAMES) {
    test(`${name}: under 1,000 deliveries each event has its effect once, and again for each crash between it and the record`, async (t) => {
      const { direct: consumer } = await bench(t, name);
      const mishaps = { effectFails: 0.05, crashesBefore: 0.05, crashesAfter: 0.1 };
      const { crashesAfter } = await under(t, consumer, mishaps);
      const repeats = [...crashesAfter].flatMap(([key, times]) => Array<string>(times).fill(key));
      t.deepEqual(consumer.office.calls.toSorted(), [...keys(), ...repeats].sort());
      t.true(repeats.length > 3);
    });
  }
}

async function bench(t: ExecutionContext<{ readonly endpoint: Endpoint }>, name: VariantName): Promise<Bench> {
  const proxy = await startFaultProxy(t.context.endpoint.url);
  t.teardown(proxy.close);
  const direct = clientFor(t, t.context.endpoint.url);
  const table = await createRecords(direct);
  return {
    ...consumerOf(name, clientFor(t, proxy.url), table),
    direct: consumerOf(name, direct, table),
    proxy,
    passes: (ms) => timePasses(direct, table, ms),
    records: async () => (await direct.send(new ScanCommand({ TableName: table, ConsistentRead: true }))).Count ?? 0,
  };
}

async function under(t: ExecutionContext, { deliver, office }: Consumer, mishaps: Partial<Record<Mishap, number>>) {
  const passed = await storm({
    ...{ deliveries: 1_000, events: EVENTS, mishaps, workers: 8 },
    deliver: (event, mishap, doomed) => deliver(event, mishap, doomed ? 1 : TIME_LEFT),
  });
  t.log(figures(passed, EVENTS.length, office.calls.length));
  return passed;
}

function keys(): readonly string[] {
  return EVENTS.map(({ detail }) => detail.metadata.idempotencyKey).sort();
}

/** Something that happens once, and can be waited for. */
class Gate {
  readonly opened: Promise<void>;
  open!: () => void;

  constructor() {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}
