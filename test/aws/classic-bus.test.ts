import test, { type ExecutionContext } from 'ava';
import { ClassicBus } from '../../src/aws/classic-bus.ts';
import { type BusEntry, toEntry } from '../../src/domain/envelope.ts';
import { Failure } from '../../src/domain/failure.ts';
import { type LocalBusOptions, startLocalBus } from '../../src/sandbox/aws/local-bus.ts';
import { localClients } from '../support/aws.ts';
import { testCall } from '../support/call.ts';
import { type ProxyFault, startFaultProxy } from '../support/fault-proxy.ts';
import { ManualClock } from '../support/manual-clock.ts';

const NAME = 'genesys-outbound-events';
const ARN = `arn:aws:events:us-east-1:000000000000:event-bus/${NAME}`;
const T0 = Date.parse('2026-11-20T10:00:00.123Z');
/** Time-outs that a test can wait for. */
const SHORT = { connection: 4_000, request: 4_000, silence: 4_000 };

test('entries arrive with source, type, time and detail as they were made, and each is accepted', async (t) => {
  const { bus, local } = await bench(t);
  const call = testCall();
  const entries = [entry('a'), entry('b')];
  t.deepEqual(await bus.put(entries, call), [{ status: 'accepted' }, { status: 'accepted' }]);
  t.deepEqual(
    local.arrived.map(({ id, bus, source, detailType, time, detail }) => ({
      id,
      bus,
      source,
      detailType,
      time,
      detail,
    })),
    entries.map(({ event, detail }) => ({
      id: event.id,
      bus: NAME,
      source: 'com.genesys.cloud.outbound',
      detailType: 'conversationEnded',
      time: T0,
      detail,
    })),
  );
  t.is(call.counts.putEventsCalls, 1);
});

test('a bus named by its ARN is published on', async (t) => {
  const { bus, local } = await bench(t, { bus: ARN });
  t.deepEqual(await bus.put([entry('a')], testCall()), [{ status: 'accepted' }]);
  t.is(local.arrived[0]?.bus, NAME);
  t.is(bus.name, ARN);
});

test('a bus takes ten entries and as many bytes as its region does', async (t) => {
  const { bus } = await bench(t);
  t.deepEqual(bus.limits, { entries: 10, bytes: 262_144 });
});

test('an entry of exactly the permitted size, by our own count, is accepted; one byte more is refused', async (t) => {
  const { bus } = await bench(t);
  const fits = entry('a', 262_144);
  t.is(fits.bytes, 262_144);
  t.deepEqual(await bus.put([fits], testCall()), [{ status: 'accepted' }]);
  const failure = await failureOf(t, bus.put([entry('a', 262_145)], testCall()));
  t.is(failure.code, 'bus.rejected');
  t.regex(failure.message, /Total size of the entries/);
});

test('of a partial failure, each entry has its own result', async (t) => {
  const { bus, local } = await bench(t);
  local.faults.next({ kind: 'entries', code: 'ThrottlingException', which: (_entry, index) => index !== 1 });
  const throttled = { status: 'failed', code: 'ThrottlingException', message: 'ThrottlingException on demand' };
  t.deepEqual(await bus.put([entry('a'), entry('b'), entry('c')], testCall()), [
    throttled,
    { status: 'accepted' },
    throttled,
  ]);
  t.deepEqual(
    local.arrived.map(({ id }) => id),
    ['b'],
  );
});

test('an entry that AWS will never take says why, and its neighbours are accepted', async (t) => {
  const { bus } = await bench(t);
  const malformed = { ...entry('b'), detail: '{"metadata":' };
  t.deepEqual(await bus.put([entry('a'), malformed], testCall()), [
    { status: 'accepted' },
    { status: 'failed', code: 'MalformedDetail', message: 'Detail is malformed.' },
  ]);
});

test('a result with neither an event ID nor an error is not taken for acceptance', async (t) => {
  const { bus, proxy } = await bench(t);
  proxy.next(undefined, { kind: 'change', change: () => ({ FailedEntryCount: 0, Entries: [{}] }) });
  t.deepEqual(await bus.put([entry('a')], testCall()), [
    { status: 'failed', code: 'InternalFailure', message: 'EventBridge gave no reason' },
  ]);
});

test('an answer with fewer results than entries tells nothing about any of them', async (t) => {
  const { bus, proxy } = await bench(t);
  proxy.next(undefined, { kind: 'change', change: () => ({ FailedEntryCount: 0, Entries: [{ EventId: 'x' }] }) });
  const failure = await failureOf(t, bus.put([entry('a'), entry('b')], testCall()));
  t.is(failure.code, 'bus.unavailable');
  t.regex(failure.message, /1 results for 2 entries/);
});

for (const [name, fault] of Object.entries({
  'a throttled call': { kind: 'throttle' },
  'a server error': { kind: 'error' },
  'a bus that never answers': { kind: 'hang' },
  'an answer that stops after its headers': { kind: 'stall' },
  'an answer lost after the entries were accepted': { kind: 'acceptThenDrop' },
} as const)) {
  test(`${name} is bus.unavailable after one call, and the next call goes through`, async (t) => {
    const { bus, local } = await bench(t);
    const call = testCall();
    local.faults.next(fault);
    const failure = await failureOf(t, bus.put([entry('a')], call));
    t.is(failure.code, 'bus.unavailable');
    t.regex(
      failure.message,
      new RegExp(`^EventBridge did not answer events:PutEvents on bus ${NAME} with a result: \\S`),
    );
    t.is(call.counts.putEventsCalls, 1);
    t.is(local.calls, 1);
    t.deepEqual(await bus.put([entry('a')], call), [{ status: 'accepted' }]);
    t.is(call.counts.putEventsCalls, 2);
  });
}

for (const fault of [
  { kind: 'silence' },
  { kind: 'reset' },
  { kind: 'loseAnswer' },
  { kind: 'swallowAnswer' },
  { kind: 'stall' },
  { kind: 'answer', status: 502, text: '<html>Bad gateway</html>' },
  { kind: 'answer', status: 200, text: '' },
] as const satisfies readonly ProxyFault[]) {
  test(`a connection with a fault in between (${JSON.stringify(fault)}) is bus.unavailable`, async (t) => {
    const { bus, proxy } = await bench(t);
    proxy.next(undefined, fault);
    t.is((await failureOf(t, bus.put([entry('a')], testCall()))).code, 'bus.unavailable');
  });
}

test('an answer lost after acceptance, then a repetition, puts two copies of one ID on a classic bus', async (t) => {
  const { bus, local } = await bench(t);
  local.faults.next({ kind: 'acceptThenDrop' });
  await failureOf(t, bus.put([entry('a')], testCall()));
  await bus.put([entry('a')], testCall());
  t.deepEqual(
    local.arrived.map(({ id }) => id),
    ['a', 'a'],
  );
  t.is(new Set(local.arrived.map(({ eventId }) => eventId)).size, 2);
});

test('a request too large for something in between is rejected, not tried for ever', async (t) => {
  const { bus, proxy } = await bench(t);
  proxy.next(undefined, { kind: 'answer', status: 413, text: 'Request Entity Too Large' });
  t.is((await failureOf(t, bus.put([entry('a')], testCall()))).code, 'bus.rejected');
});

test('a denied call names events:PutEvents and the bus', async (t) => {
  const { bus, local } = await bench(t);
  local.faults.denied.add('PutEvents');
  const failure = await failureOf(t, bus.put([entry('a')], testCall()));
  t.is(failure.code, 'bus.denied');
  t.true(failure.message.startsWith(`AWS denied events:PutEvents on bus ${NAME}: `));
  t.is(failure.remedy, `Allow events:PutEvents on the ARN of bus ${NAME}`);
});

test('expired credentials are told as such', async (t) => {
  const { bus, proxy } = await bench(t);
  proxy.next(undefined, {
    kind: 'error',
    status: 400,
    type: 'ExpiredTokenException',
    message: 'The token has expired',
  });
  t.is((await failureOf(t, bus.put([entry('a')], testCall()))).code, 'aws.credentials');
});

test('a bus that does not exist, for which AWS would accept and drop events, is found out before anything is sent', async (t) => {
  const { bus, local } = await bench(t, { bus: 'no-such-bus' });
  const call = testCall();
  const failure = await failureOf(t, bus.put([entry('a')], call));
  t.is(failure.code, 'bus.missing');
  t.regex(failure.message, /no bus no-such-bus.*genesys-poller setup/);
  t.is(call.counts.putEventsCalls, 0);
  t.deepEqual(local.vanished, []);
});

test('a bus is looked up once, and again after a minute', async (t) => {
  const { bus, proxy, clock } = await bench(t);
  const put = () => bus.put([entry('a')], testCall());
  await put();
  await clock.sleep(59_999);
  await put();
  await clock.sleep(1);
  await put();
  t.deepEqual(
    proxy.passed.map(({ operation }) => operation),
    ['DescribeEventBus', 'PutEvents', 'PutEvents', 'DescribeEventBus', 'PutEvents'],
  );
});

test('the default bus, which every account has, is not looked up', async (t) => {
  const { bus, proxy } = await bench(t, { bus: 'default' });
  await bus.put([entry('a')], testCall());
  t.deepEqual(
    proxy.passed.map(({ operation }) => operation),
    ['PutEvents'],
  );
});

test('a bus that may not be looked up is denied, naming events:DescribeEventBus', async (t) => {
  const { bus, local } = await bench(t);
  local.faults.denied.add('DescribeEventBus');
  const failure = await failureOf(t, bus.put([entry('a')], testCall()));
  t.is(failure.code, 'bus.denied');
  t.is(failure.remedy, `Allow events:DescribeEventBus on the ARN of bus ${NAME}`);
});

test('the bus of another account, which may not be looked up from here, is published on all the same', async (t) => {
  const { bus, local } = await bench(t, { bus: ARN });
  local.faults.denied.add('DescribeEventBus');
  t.deepEqual(await bus.put([entry('a')], testCall()), [{ status: 'accepted' }]);
});

test('a bus named by its ARN that does not exist is missing', async (t) => {
  const { bus } = await bench(t, { bus: `${ARN}-2` });
  t.is((await failureOf(t, bus.put([entry('a')], testCall()))).code, 'bus.missing');
});

test('a look-up that gets no answer is bus.unavailable, and nothing was sent', async (t) => {
  const { bus, proxy, local } = await bench(t);
  proxy.next({ kind: 'reset' });
  t.is((await failureOf(t, bus.put([entry('a')], testCall()))).code, 'bus.unavailable');
  t.is(local.calls, 0);
});

test('a call that is aborted in flight rejects with the reason, not with a failure', async (t) => {
  const { bus, proxy } = await bench(t);
  const stop = new AbortController();
  const reason = new Error('stopping');
  proxy.next(undefined, { kind: 'after', first: async () => stop.abort(reason) });
  const error = await t.throwsAsync(bus.put([entry('a')], testCall(stop.signal)));
  t.is(error, reason);
});

/** An entry whose detail is padded so that it counts `bytes`. */
function entry(id: string, bytes?: number): BusEntry {
  const made = (padding: string) =>
    toEntry(
      {
        id,
        eventType: 'conversationEnded',
        timestamp: T0,
        data: { eventType: 'conversationEnded', timestamp: '2026-11-20T10:00:00.123Z', conversationId: `c${padding}` },
      },
      {
        source: 'com.genesys.cloud.outbound',
        poller: 'default',
        stream: 'conversations',
        observedAt: T0 + 60_000,
        publishedAt: T0 + 61_000,
      },
    );
  return made(bytes === undefined ? '' : 'x'.repeat(bytes - made('').bytes));
}

async function bench(t: ExecutionContext, options: Partial<LocalBusOptions> & { readonly bus?: string } = {}) {
  const local = await startLocalBus({ buses: [NAME], ...options });
  const proxy = await startFaultProxy(local.url);
  const clients = localClients({ eventBridge: proxy.url }, { bus: SHORT });
  const clock = new ManualClock();
  t.teardown(async () => {
    clients.close();
    await proxy.close();
    await local.close();
  });
  const bus = new ClassicBus({
    client: clients.eventBridge,
    bus: options.bus ?? NAME,
    maxRequestBytes: 262_144,
    clock,
  });
  return { bus, local, proxy, clock };
}

async function failureOf(t: ExecutionContext, attempt: Promise<unknown>): Promise<Failure> {
  return t.throwsAsync<Failure>(attempt, { instanceOf: Failure });
}
