import test, { type ExecutionContext } from 'ava';
import type { AwsClients } from '../../src/aws/clients.ts';
import { setUp } from '../../src/aws/setup.ts';
import { type BusSettings, targetBus } from '../../src/aws/sink.ts';
import { Failure } from '../../src/domain/failure.ts';
import { systemClock } from '../../src/lib/system-clock.ts';
import { startDatabase } from '../../src/sandbox/aws/database.ts';
import { startLocalBus } from '../../src/sandbox/aws/local-bus.ts';
import { localClients } from '../support/aws.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { ManualClock } from '../support/manual-clock.ts';

const ARN = 'arn:aws:events:us-east-1:000000000000:event-bus/';
const V2_ARN = 'arn:aws:events:us-east-1:000000000000:event-busv2/there/0123456789abcdefghijklmno';

test('a missing bus is created once, and then found', async (t) => {
  const { options } = await bench(t);
  const actions = async () =>
    (await setUp({ ...options, bus: busNamed(options, 'bus-1') })).map(
      ({ resource, action }) => `${resource} ${action}`,
    );
  t.deepEqual(await actions(), ['table State created', 'table Dedup created', 'bus bus-1 created']);
  t.deepEqual(await actions(), ['table State exists', 'table Dedup exists', 'bus bus-1 exists']);
});

test('a dry run says that the bus would be created, and creates none', async (t) => {
  const { options, buses } = await bench(t);
  const steps = await setUp({ ...options, bus: busNamed(options, 'bus-1'), dryRun: true });
  t.deepEqual(steps[2], { resource: 'bus bus-1', action: 'would create', detail: 'a classic bus' });
  t.false(buses.passed.some(({ operation }) => operation === 'CreateEventBus'));
});

test('the default bus exists, and no request is sent', async (t) => {
  const { options, buses } = await bench(t);
  const steps = await setUp({ ...options, bus: busNamed(options, 'default') });
  t.deepEqual(steps[2], { resource: 'bus default', action: 'exists', detail: 'every account has it' });
  t.deepEqual(buses.passed, []);
});

test('a bus named by its ARN is found, but never created', async (t) => {
  const { options, buses } = await bench(t);
  t.is((await setUp({ ...options, bus: busNamed(options, `${ARN}there`) }))[2]?.action, 'exists');
  const failure = await failureOf(t, setUp({ ...options, bus: busNamed(options, `${ARN}not-there`) }));
  t.is(failure.code, 'bus.missing');
  t.false(buses.passed.some(({ operation }) => operation === 'CreateEventBus'));
});

test('without a bus, only the tables are set up', async (t) => {
  const { options, buses } = await bench(t);
  t.is((await setUp(options)).length, 2);
  t.deepEqual(buses.passed, []);
});

test('a v2 bus is found when it is ACTIVE; one in another state says so, with what to do', async (t) => {
  const { options, local } = await bench(t);
  const setUpIt = async () => (await setUp({ ...options, bus: busNamed(options, V2_ARN, 'v2') }))[2];
  t.deepEqual(await setUpIt(), { resource: `bus ${V2_ARN}`, action: 'exists', detail: 'a v2 bus, ACTIVE' });
  local.v2State = 'CREATING';
  const unready = await setUpIt();
  t.is(unready?.detail, 'a v2 bus whose state is CREATING');
  t.regex(unready?.remedy ?? '', /Wait until it is ACTIVE/);
});

test('a missing v2 bus is never created, and the failure says how to', async (t) => {
  const { options, buses } = await bench(t);
  const missing = `${V2_ARN.slice(0, -1)}x`;
  for (const dryRun of [true, false]) {
    const failure = await failureOf(t, setUp({ ...options, dryRun, bus: busNamed(options, missing, 'v2') }));
    t.is(failure.code, 'bus.missing');
    t.is(failure.summary, `EventBridge has no bus ${missing}: it does not exist in this account and region`);
    t.regex(
      failure.remedy,
      /aws eventsv2 create-event-bus.* AWS::EventsV2::EventBus .*set eventBridge\.bus to its ARN/,
    );
  }
  t.deepEqual(
    buses.passed.map(({ operation }) => operation),
    ['DescribeEventBus', 'DescribeEventBus'],
  );
});

test('a v2 bus that may not be looked at is denied, naming events:DescribeEventBus', async (t) => {
  const { options, local } = await bench(t);
  local.faults.denied.add('DescribeEventBus');
  const failure = await failureOf(t, setUp({ ...options, bus: busNamed(options, V2_ARN, 'v2') }));
  t.is(failure.remedy, `Allow events:DescribeEventBus on the ARN of bus ${V2_ARN}`);
});

test('a denied operation is named, that on the bus and that on a table', async (t) => {
  const { options, local, tables } = await bench(t);
  local.faults.denied.add('CreateEventBus');
  const onBus = await failureOf(t, setUp({ ...options, bus: busNamed(options, 'bus-1') }));
  t.is(onBus.remedy, 'Allow events:CreateEventBus on the ARN of bus bus-1');
  tables.next({ kind: 'error', status: 400, type: 'AccessDeniedException' });
  const onTable = await failureOf(t, setUp(options));
  t.is(onTable.remedy, 'Allow dynamodb:DescribeTable on the ARN of table State');
});

test('a table that never becomes ACTIVE is given two minutes, then it is a failure', async (t) => {
  const { options, tables } = await bench(t);
  const clock = new ManualClock();
  const creating = { kind: 'change', change: () => ({ Table: { TableStatus: 'CREATING' } }) } as const;
  tables.next(undefined, undefined, ...Array.from({ length: 481 }, () => creating));
  const failure = await failureOf(t, setUp({ ...options, clock }));
  t.is(failure.code, 'table.unavailable');
  t.regex(failure.message, /table State is not ready: it did not become ACTIVE within 120 s/);
  t.is(clock.slept.length, 480);
});

/** Of one operation, the request by its number (1, 2, …) suffers the fault. */
for (const operation of ['DescribeTable', 'CreateTable', 'UpdateTimeToLive']) {
  for (const number of [1, 2, 3, 4]) {
    for (const [kind, fault] of [
      ['an answer 500', { kind: 'error', status: 500, type: 'InternalServerError' }],
      ['a lost answer', { kind: 'loseAnswer' }],
    ] as const) {
      test(`${kind} to ${operation} number ${number} leaves no table half set up`, async (t) => {
        const { options, tables } = await bench(t, { timeToLive: true });
        let left = number;
        tables.each(({ operation: asked }) => (asked === operation && --left === 0 ? fault : undefined));
        t.deepEqual(
          (await setUp(options)).map(({ resource, action, detail }) => [resource, action, detail]),
          [
            ['table State', 'created', 'pk (S), sk (S); on-demand'],
            ['table Dedup', 'created', 'id (S); on-demand; TTL on ttl'],
          ],
        );
        const again = await setUp(options);
        t.deepEqual(
          again.map(({ action, remedy }) => [action, remedy]),
          [
            ['exists', undefined],
            ['exists', undefined],
          ],
        );
      });
    }
  }
}

test('trouble that lasts is a failure after three attempts, and so is a table that another has just made', async (t) => {
  const { options, tables } = await bench(t);
  tables.whenever('DescribeTable', { kind: 'error', status: 500, type: 'InternalServerError' });
  t.is((await failureOf(t, setUp({ ...options, clock: new ManualClock() }))).code, 'table.unavailable');
  t.is(tables.passed.length, 3);
  const inUse = {
    kind: 'error',
    status: 400,
    type: 'ResourceInUseException',
    message: 'Table already exists',
  } as const;
  const other = await bench(t);
  other.tables.whenever('CreateTable', inUse);
  t.is((await failureOf(t, setUp(other.options))).code, 'table.schema');
});

test('TTL that an attempt with a lost answer has switched on is on, even if its description still says otherwise', async (t) => {
  const { options, tables } = await bench(t, { timeToLive: true });
  // As DynamoDB answers; the database of these tests takes the same request twice.
  const message = 'TimeToLive is already enabled';
  const faults = [
    { kind: 'loseAnswer' },
    { kind: 'error', status: 400, type: 'ValidationException', message },
  ] as const;
  const off = { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } };
  let attempts = 0;
  tables.each(({ operation }) => {
    if (operation === 'DescribeTimeToLive') return { kind: 'change', change: () => off };
    return operation === 'UpdateTimeToLive' ? faults[attempts++] : undefined;
  });
  t.is((await setUp(options))[1]?.detail, 'id (S); on-demand; TTL on ttl');
  t.is(attempts, 2);
});

test('TTL that DynamoDB refuses to switch on is a failure', async (t) => {
  const { options, tables } = await bench(t, { timeToLive: true });
  tables.whenever('UpdateTimeToLive', { kind: 'error', status: 400, type: 'ValidationException' });
  t.is((await failureOf(t, setUp(options))).code, 'table.schema');
});

test('setup that is aborted sets up the resource it has begun, and rejects with the reason unless that was the last', async (t) => {
  const reason = new Error('Ctrl-C');
  for (const [number, made] of [
    [1, ['State']],
    [2, ['State', 'Dedup']],
    [3, ['State', 'Dedup']],
    [4, ['State', 'Dedup', 'bus-1']],
  ] as const) {
    const { options, tables, buses } = await bench(t, { timeToLive: true });
    const stop = new AbortController();
    let left: number = number;
    const abort = { kind: 'after', first: async () => stop.abort(reason) } as const;
    const isCreation = (operation: string) => ['CreateTable', 'UpdateTimeToLive', 'CreateEventBus'].includes(operation);
    for (const proxy of [tables, buses]) {
      proxy.each(({ operation }) => (isCreation(operation) && --left === 0 ? abort : undefined));
    }
    const bus = busNamed(options, 'bus-1');
    const setting = setUp({ ...options, bus, signal: stop.signal });
    if (number < 4) t.is(await t.throwsAsync(setting), reason);
    else t.is((await setting).length, 3);
    const found = await setUp({ ...options, bus, dryRun: true });
    t.deepEqual(
      found.filter(({ action }) => action === 'exists').map(({ resource }) => resource.split(' ')[1]),
      [...made],
      `creation ${number}`,
    );
    t.true(found.every(({ remedy }) => remedy === undefined));
  }
});

async function bench(t: ExecutionContext, { timeToLive = false } = {}) {
  const database = await startDatabase({ timeToLive });
  const local = await startLocalBus({ buses: ['there'], v2Buses: [V2_ARN] });
  const tables = await startFaultProxy(database.url);
  const buses = await startFaultProxy(local.url);
  const clients = localClients({ dynamoDb: tables.url, eventBridge: buses.url });
  t.teardown(async () => {
    clients.close();
    for (const part of [tables, buses, local, database]) await part.close();
  });
  const options = {
    clients,
    stateTable: 'State',
    dedupTable: 'Dedup',
    dryRun: false,
    clock: systemClock,
    signal: new AbortController().signal,
  };
  return { options, tables, buses, local };
}

function busNamed(
  { clients }: { readonly clients: AwsClients },
  bus: string,
  busType: BusSettings['busType'] = 'classic',
) {
  return targetBus({ busType, bus, maxRequestBytes: 262_144 }, clients, systemClock);
}

async function failureOf(t: ExecutionContext, attempt: Promise<unknown>): Promise<Failure> {
  return t.throwsAsync<Failure>(attempt, { instanceOf: Failure });
}
