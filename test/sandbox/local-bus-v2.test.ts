import { cbor, dateToTag } from '@smithy/core/cbor';
import test, { type ExecutionContext } from 'ava';
import { type LocalBusOptions, startLocalBus } from '../../src/sandbox/aws/local-bus.ts';

const ARN = 'arn:aws:events:us-east-1:000000000000:event-busv2/bus-1/0123456789abcdefghijklmno';
const OTHER = ARN.replace('bus-1', 'bus-2');
const GOOD = { Source: 'com.example', DetailType: 'thing', Detail: '{"metadata":{"id":"i-1"}}' };
const SIGNED =
  'AWS4-HMAC-SHA256 Credential=AKIA/20261120/us-east-1/events/aws4_request, SignedHeaders=host, Signature=0';
const HEADERS = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor', authorization: SIGNED };

const known = (group?: string, id?: string) => ({
  ...GOOD,
  SystemMetadata: {
    ...(group !== undefined && { EventGroupId: group }),
    ...(id !== undefined && { DeduplicationId: id }),
  },
});

test('an accepted entry is answered PUBLISHED with an ID of its own, and kept as it was sent', async (t) => {
  const { put, local } = await bench(t, { now: () => 1_795_000_000_123 });
  const time = new Date('2026-11-20T10:00:00.123Z');
  const { status, body } = await put([{ ...known('g', 'd'), Time: dateToTag(time) }, GOOD]);
  t.is(status, 200);
  const [first, second] = local.arrived;
  t.deepEqual(body, {
    Entries: [first, second].map((event) => ({ SuccessCode: 'PUBLISHED', EventId: event?.eventId })),
  });
  t.deepEqual(first, {
    eventId: first?.eventId ?? '',
    id: 'i-1',
    bus: 'bus-1',
    source: 'com.example',
    detailType: 'thing',
    time: time.getTime(),
    detail: GOOD.Detail,
    receivedAt: 1_795_000_000_123,
    call: 1,
    group: 'g',
  });
  t.is(second?.time, 1_795_000_000_123);
  t.is(second?.group, undefined);
});

for (const [name, entry] of [
  ['no source', { DetailType: 'thing', Detail: '{}' }],
  ['a source of 257 characters', { ...GOOD, Source: 's'.repeat(257) }],
  ['no detail type', { ...GOOD, DetailType: '' }],
  ['a detail type of 129 characters', { ...GOOD, DetailType: 'x'.repeat(129) }],
  ['an empty group', known('', 'd')],
  ['a group of 129 characters', known('g'.repeat(129), 'd')],
  ['an empty deduplication ID', known('g', '')],
  ['a blank deduplication ID', known('g', ' \t')],
  ['a deduplication ID of 129 characters', known('g', 'd'.repeat(129))],
] as const) {
  test(`an entry with ${name} fails the whole call`, async (t) => {
    const { put, local } = await bench(t);
    const { status, body } = await put([GOOD, entry]);
    t.is(status, 400);
    t.is(body.__type, 'com.amazonaws.eventbridgev2#InvalidInputException');
    t.regex(String(body.Message), /^Entries\[1\]: /);
    t.is(local.arrived.length, 0);
  });
}

test('every length at its limit is accepted, counted in characters', async (t) => {
  const { put } = await bench(t);
  const longest = { ...known('€'.repeat(128), 'd'.repeat(128)), Source: 's'.repeat(256), DetailType: '𝄞'.repeat(128) };
  const { body } = await put([longest]);
  t.like(body, { Entries: [{ SuccessCode: 'PUBLISHED' }] });
});

for (const [name, entry] of [
  ['a source of AWS', { ...GOOD, Source: 'aws.ec2' }],
  ['a detail that is not JSON', { ...GOOD, Detail: '{"a":' }],
  ['a detail that is a list', { ...GOOD, Detail: '[]' }],
  ['no detail', { Source: 'com.example', DetailType: 'thing' }],
] as const) {
  test(`an entry with ${name} fails alone, with HTTP 200`, async (t) => {
    const { put, local } = await bench(t);
    const { status, body } = await put([GOOD, entry, GOOD]);
    t.is(status, 200);
    t.like(body, {
      FailedEntryCount: 1,
      Entries: [{ SuccessCode: 'PUBLISHED' }, { ErrorCode: 'InvalidInputException' }, { SuccessCode: 'PUBLISHED' }],
    });
    t.is(local.arrived.length, 2);
  });
}

test('a call takes one to a hundred entries', async (t) => {
  const { put, local } = await bench(t);
  const many = (length: number) => Array.from({ length }, () => GOOD);
  for (const length of [0, 101]) t.is((await put(many(length))).status, 400);
  t.is(local.arrived.length, 0);
  t.is((await put(many(100))).status, 200);
  t.is(local.arrived.length, 100);
});

test('a request is measured with its system metadata', async (t) => {
  const entry = { ...known('gé', 'abc'), Time: dateToTag(new Date(0)), Resources: ['r1'] };
  const bytes = 14 + GOOD.Source.length + GOOD.DetailType.length + GOOD.Detail.length + 3 + 3 + 2;
  const { put } = await bench(t, { maxRequestBytes: 2 * bytes });
  t.is((await put([entry, entry])).status, 200);
  t.is((await put([entry, { ...entry, Source: `${entry.Source}s` }])).status, 400);
});

test('a repeat is known within its group, whichever bus it is for; without a group, on its bus', async (t) => {
  const { put, local } = await bench(t);
  const codesOf = async (entries: readonly object[], arn?: string) =>
    ((await put(entries, arn)).body.Entries as { SuccessCode: string }[]).map(({ SuccessCode }) => SuccessCode);
  t.deepEqual(await codesOf([known('g', 'd'), known('g', 'd'), known('h', 'd'), known('g', 'e')]), [
    'PUBLISHED',
    'DEDUPLICATED',
    'PUBLISHED',
    'PUBLISHED',
  ]);
  t.deepEqual(await codesOf([known('g', 'd')], OTHER), ['DEDUPLICATED']);
  t.deepEqual(await codesOf([known(undefined, 'd'), known(undefined, 'd')]), ['PUBLISHED', 'DEDUPLICATED']);
  t.deepEqual(await codesOf([known(undefined, 'd')], OTHER), ['PUBLISHED']);
  t.deepEqual(await codesOf([known('g'), known('g')]), ['PUBLISHED', 'PUBLISHED']);
  t.deepEqual(local.suppressed, ['d', 'd', 'd']);
});

test('a bus that does not exist refuses everything, and cannot be described', async (t) => {
  const { put, ask, local } = await bench(t);
  const missing = `${ARN.slice(0, -1)}x`;
  const error = { status: 404, body: { __type: 'com.amazonaws.eventbridgev2#ResourceNotFoundException' } };
  t.like(await put([GOOD], missing), error);
  t.like(await ask('DescribeEventBus', { EventBusArn: missing }), error);
  t.deepEqual([local.arrived, local.vanished], [[], []]);
});

test('a bus can be described by its ARN', async (t) => {
  const { ask } = await bench(t);
  t.deepEqual(await ask('DescribeEventBus', { EventBusArn: ARN }), {
    status: 200,
    body: { EventBusArn: ARN, Name: 'bus-1', State: 'ACTIVE' },
  });
});

test('errors have the status and the form of the protocol', async (t) => {
  const { ask, put, local } = await bench(t);
  local.faults.next({ kind: 'throttle' }, { kind: 'error' });
  t.like(await put([GOOD]), { status: 429, body: { __type: 'com.amazonaws.eventbridgev2#ThrottlingException' } });
  t.like(await put([GOOD]), { status: 500, body: { __type: 'com.amazonaws.eventbridgev2#InternalException' } });
  local.faults.denied.add('PutEvents');
  t.like(await put([GOOD]), { status: 403, body: { __type: 'com.amazonaws.eventbridgev2#AccessDeniedException' } });
  t.like(await ask('PutRawEvents', {}), { status: 400 });
});

test('a request that is not signed for events, not in this protocol, or no CBOR map, is refused', async (t) => {
  const { ask } = await bench(t);
  const type = async (headers: Record<string, string>, body: object | Uint8Array = {}) =>
    String((await ask('PutEvents', body, headers)).body.__type).split('#')[1];
  t.is(await type({ authorization: '' }), 'MissingAuthenticationTokenException');
  t.is(await type({ authorization: SIGNED.replace('/events/', '/eventsv2/') }), 'MissingAuthenticationTokenException');
  t.is(await type({ 'smithy-protocol': 'rpc-v2-json' }), 'UnknownOperationException');
  t.is(await type({}, new Uint8Array([0x3c])), 'SerializationException');
  t.is(await type({}, cbor.serialize([1])), 'SerializationException');
  t.is(await type({}, { EventBusArn: ARN, Entries: 'no list' }), 'InvalidInputException');
});

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The local bus, spoken to without any SDK. */
async function bench(t: ExecutionContext, options: Partial<LocalBusOptions> = {}) {
  const local = await startLocalBus({ buses: [], v2Buses: [ARN, OTHER], ...options });
  t.teardown(local.close);
  const ask = async (
    operation: string,
    body: object | Uint8Array,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> => {
    const answer = await fetch(`${local.url}/service/AWSEventsV2/operation/${operation}`, {
      method: 'POST',
      headers: { ...HEADERS, ...headers },
      body: new Uint8Array(body instanceof Uint8Array ? body : cbor.serialize(body)),
    });
    t.is(answer.headers.get('smithy-protocol'), 'rpc-v2-cbor');
    return { status: answer.status, body: cbor.deserialize(new Uint8Array(await answer.arrayBuffer())) };
  };
  const put = (entries: readonly object[], arn = ARN) => ask('PutEvents', { EventBusArn: arn, Entries: entries });
  return { local, ask, put };
}
