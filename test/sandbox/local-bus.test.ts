import { connect } from 'node:net';
import {
  CreateEventBusCommand,
  DescribeEventBusCommand,
  EventBridgeClient,
  ListRulesCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import test, { type ExecutionContext } from 'ava';
import { type ArrivedEvent, type LocalBusOptions, startLocalBus } from '../../src/sandbox/aws/local-bus.ts';
import { FAKE_ACCESS } from '../support/aws.ts';

const GOOD = { EventBusName: 'bus-1', Source: 'com.example', DetailType: 'thing', Detail: '{"metadata":{"id":"i-1"}}' };

test('an accepted entry gets an ID of its own and is kept as it was sent', async (t) => {
  const { client, local } = await bench(t, { now: () => 1_795_000_000_123 });
  const Time = new Date('2026-11-20T10:00:00.123Z');
  const { FailedEntryCount, Entries } = await put(client, [{ ...GOOD, Time }, GOOD]);
  t.is(FailedEntryCount, 0);
  const [first, second] = local.arrived;
  t.deepEqual(
    Entries?.map(({ EventId }) => EventId),
    [first?.eventId, second?.eventId],
  );
  t.not(first?.eventId, second?.eventId);
  t.deepEqual(first, {
    eventId: first?.eventId ?? '',
    id: 'i-1',
    bus: 'bus-1',
    source: 'com.example',
    detailType: 'thing',
    time: Time.getTime(),
    detail: GOOD.Detail,
    receivedAt: 1_795_000_000_123,
    call: 1,
  });
  t.is(second?.time, 1_795_000_000_123);
});

test('each listener hears of each arrival', async (t) => {
  const heard: ArrivedEvent[] = [];
  const { client, local } = await bench(t, { onArrival: (event) => heard.push(event) });
  await put(client, [GOOD, { ...GOOD, Detail: '[]' }]);
  t.is(heard.length, 1);
  t.deepEqual(heard, [...local.arrived]);
});

for (const [name, entry, code] of [
  ['no source', { ...GOOD, Source: undefined }, 'InvalidArgument'],
  ['no detail type', { ...GOOD, DetailType: '' }, 'InvalidArgument'],
  ['no detail', { ...GOOD, Detail: undefined }, 'InvalidArgument'],
  ['a detail type of 129 characters', { ...GOOD, DetailType: 'x'.repeat(129) }, 'InvalidArgument'],
  ['a source of AWS', { ...GOOD, Source: 'aws.ec2' }, 'NotAuthorizedForSourceException'],
  ['a detail that is not JSON', { ...GOOD, Detail: '{"a":' }, 'MalformedDetail'],
  ['a detail that is a list', { ...GOOD, Detail: '[]' }, 'MalformedDetail'],
  ['a detail that is a text', { ...GOOD, Detail: '"a"' }, 'MalformedDetail'],
  ['a detail that is null', { ...GOOD, Detail: 'null' }, 'MalformedDetail'],
] as const) {
  test(`an entry with ${name} fails alone, with ${code} and HTTP 200`, async (t) => {
    const { client, local } = await bench(t);
    const answer = await put(client, [GOOD, entry as PutEventsRequestEntry, GOOD]);
    t.is(answer.FailedEntryCount, 1);
    t.deepEqual(
      answer.Entries?.map(({ ErrorCode }) => ErrorCode),
      [undefined, code, undefined],
    );
    t.is(local.arrived.length, 2);
  });
}

test('a detail type of 128 characters and a detail without metadata are accepted', async (t) => {
  const { client, local } = await bench(t);
  t.is((await put(client, [{ ...GOOD, DetailType: 'x'.repeat(128), Detail: '{}' }])).FailedEntryCount, 0);
  t.is(local.arrived[0]?.id, undefined);
});

test('a call takes one to ten entries', async (t) => {
  const { client, local } = await bench(t);
  await t.throwsAsync(put(client, []), { name: 'ValidationException' });
  await t.throwsAsync(
    put(
      client,
      Array.from({ length: 11 }, () => GOOD),
    ),
    { name: 'ValidationException' },
  );
  t.is(local.arrived.length, 0);
  await put(
    client,
    Array.from({ length: 10 }, () => GOOD),
  );
  t.is(local.arrived.length, 10);
});

test('a request is measured as AWS measures it: UTF-8 bytes of source, type, detail and resources, and 14 for a time', async (t) => {
  const detail = JSON.stringify({ text: 'é€𝄞' });
  const entry = { Source: 'abc', DetailType: 'de', Detail: detail, Resources: ['fgh', 'ij'], Time: new Date(0) };
  const bytes = 14 + 3 + 2 + Buffer.byteLength(detail) + 5;
  const { client } = await bench(t, { maxRequestBytes: 2 * bytes });
  t.is((await put(client, [entry, entry])).FailedEntryCount, 0);
  await t.throwsAsync(put(client, [entry, { ...entry, Source: 'abcd' }]), {
    name: 'ValidationException',
    message: 'Total size of the entries in the request is over the limit.',
  });
});

test('a bus that does not exist takes everything and keeps nothing, as on AWS', async (t) => {
  const { client, local } = await bench(t);
  const answer = await put(client, [{ ...GOOD, EventBusName: 'no-such-bus' }]);
  t.is(answer.FailedEntryCount, 0);
  t.truthy(answer.Entries?.[0]?.EventId);
  t.is(local.arrived.length, 0);
  t.is(local.vanished.length, 1);
});

test('a bus can be described by name and by ARN, and created once', async (t) => {
  const { client } = await bench(t);
  const { Arn } = await client.send(new DescribeEventBusCommand({ Name: 'bus-1' }));
  t.is((await client.send(new DescribeEventBusCommand({ Name: Arn }))).Name, 'bus-1');
  t.is((await client.send(new DescribeEventBusCommand({}))).Name, 'default');
  const missing = { name: 'ResourceNotFoundException' };
  await t.throwsAsync(client.send(new DescribeEventBusCommand({ Name: 'bus-2' })), missing);
  await client.send(new CreateEventBusCommand({ Name: 'bus-2' }));
  t.is((await client.send(new DescribeEventBusCommand({ Name: 'bus-2' }))).Name, 'bus-2');
  const exists = { name: 'ResourceAlreadyExistsException' };
  await t.throwsAsync(client.send(new CreateEventBusCommand({ Name: 'bus-2' })), exists);
});

test('an operation that it does not know is refused as unknown', async (t) => {
  const { client } = await bench(t);
  await t.throwsAsync(client.send(new ListRulesCommand({})), { name: 'UnknownOperationException' });
});

test('a request that is not signed, or no JSON object, is refused', async (t) => {
  const { local } = await bench(t);
  const ask = async (headers: Record<string, string>, body: string) => {
    const answer = await fetch(local.url, { method: 'POST', headers, body });
    return [answer.status, ((await answer.json()) as { __type: string }).__type];
  };
  const target = { 'x-amz-target': 'AWSEvents.PutEvents' };
  const signed = { ...target, authorization: 'AWS4-HMAC-SHA256 Credential=x' };
  t.deepEqual(await ask(target, '{}'), [400, 'MissingAuthenticationTokenException']);
  t.deepEqual(await ask(signed, 'no JSON'), [400, 'SerializationException']);
  t.deepEqual(await ask(signed, '{"Entries":"no list"}'), [400, 'ValidationException']);
});

test('a client that goes away in the middle of its request leaves the bus as it was', async (t) => {
  const { local, client } = await bench(t);
  const { hostname, port } = new URL(local.url);
  const socket = connect(Number(port), hostname);
  socket.end(
    'POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: AWSEvents.PutEvents\r\ncontent-length: 99\r\n\r\n{"Entries":',
  );
  await new Promise((resolve) => socket.resume().once('close', resolve));
  await put(client, [GOOD]);
  t.is(local.arrived.length, 1);
});

test('a bus that refuses calls as a whole, or each entry for its key, keeps nothing and says why', async (t) => {
  const { client, local } = await bench(t);
  local.faults.next(
    { kind: 'refuse', code: 'ValidationException', message: 'not today' },
    { kind: 'entries', code: 'KMSDisabledException', message: 'the key is disabled', which: () => true },
  );
  await t.throwsAsync(put(client, [GOOD]), { name: 'ValidationException', message: 'not today' });
  t.like(await put(client, [GOOD]), {
    Entries: [{ ErrorCode: 'KMSDisabledException', ErrorMessage: 'the key is disabled' }],
  });
  t.is(local.arrived.length, 0);
});

test('queued faults meet one call each, a standing one every call until it is removed', async (t) => {
  const { client, local } = await bench(t);
  local.faults.next({ kind: 'throttle' }, { kind: 'error' });
  const outcomes: string[] = [];
  const attempt = async () => {
    outcomes.push(
      await put(client, [GOOD]).then(
        () => 'ok',
        (error: Error) => error.name,
      ),
    );
  };
  for (let count = 0; count < 3; count++) await attempt();
  local.faults.always((call) => (call % 2 === 0 ? { kind: 'throttle' } : undefined));
  for (let count = 0; count < 2; count++) await attempt();
  local.faults.always({ kind: 'acceptThenDrop' });
  for (let count = 0; count < 2; count++) await attempt();
  local.faults.none();
  await attempt();
  t.deepEqual(outcomes.slice(0, 5), ['ThrottlingException', 'InternalException', 'ok', 'ThrottlingException', 'ok']);
  t.deepEqual(
    outcomes.slice(5).map((outcome) => outcome === 'ok'),
    [false, false, true],
  );
  t.is(local.calls, 8);
  // Accepted and dropped entries count: they are on the bus.
  t.is(local.arrived.length, 5);
});

test('a port that is taken is an error, not a silence', async (t) => {
  const { local } = await bench(t);
  await t.throwsAsync(startLocalBus({ buses: [], port: Number(new URL(local.url).port) }), { code: 'EADDRINUSE' });
});

function put(client: EventBridgeClient, Entries: PutEventsRequestEntry[]) {
  return client.send(new PutEventsCommand({ Entries }));
}

async function bench(t: ExecutionContext, options: Partial<LocalBusOptions> = {}) {
  const local = await startLocalBus({ buses: ['bus-1'], ...options });
  const client = new EventBridgeClient({ ...FAKE_ACCESS, endpoint: local.url, maxAttempts: 1 });
  t.teardown(async () => {
    client.destroy();
    await local.close();
  });
  return { local, client };
}
