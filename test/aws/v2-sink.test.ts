import test from 'ava';
import type { SinkEntry } from '../../src/domain/envelope.ts';
import { testContext } from '../support/request-context.ts';
import { conform, entry, failureOf, type Kind, setBench, T0, V2_ARN } from './bus-conformance.ts';

const V2: Kind = {
  busType: 'v2',
  bus: V2_ARN,
  entries: 100,
  endpointVariable: 'AWS_ENDPOINT_URL_EVENTBRIDGEV2',
  bytesBesides: 2,
  malformed: { status: 'unclear', code: 'InvalidInputException' },
};
const ACCEPTED = { status: 'accepted' } as const;
const SUPPRESSED = { status: 'suppressed' } as const;

conform(V2);

test.serial(
  'a request holds what the API knows, and no more: the ARN, and for each entry the group and the ID',
  async (t) => {
    const { bus, proxy } = await setBench(t, V2);
    const sent = entry('a', 0, 'conversation-1');
    await bus.put([sent], testContext());
    t.deepEqual(
      proxy.passed.map(({ operation, body }) => ({ operation, body: JSON.parse(JSON.stringify(body)) })),
      [
        {
          operation: 'PutEvents',
          body: {
            EventBusArn: V2_ARN,
            Entries: [
              {
                Source: 'com.genesys.cloud.outbound',
                DetailType: 'conversationEnded',
                Detail: sent.detail,
                Time: { tag: 1, value: T0 / 1000 },
                SystemMetadata: { EventGroupId: 'conversation-1', DeduplicationId: 'a' },
              },
            ],
          },
        },
      ],
    );
  },
);

test.serial(
  'an event keeps its group whichever stream found it, and an entry of the dialer’s log has that of its campaign',
  async (t) => {
    const { bus, local } = await setBench(t, V2);
    const logged = (id: string, data: object): SinkEntry => {
      const { event, ...rest } = entry(id);
      const { timestamp } = event.data;
      return { ...rest, event: { ...event, data: { eventType: 'outboundEventLogged', timestamp, ...data } } };
    };
    await bus.put(
      [
        entry('a', 0, 'c1'),
        logged('b', { relatedEntity: { id: 'campaign-1', name: 'Spring' } }),
        logged('d', {}),
        entry('e', 0, 'long '.repeat(50)),
      ],
      testContext(),
    );
    const groups = local.arrived.map(({ group }) => group);
    t.deepEqual(groups.slice(0, 3), ['c1', 'campaign-1', 'event-log']);
    t.regex(groups[3] ?? '', /^[0-9a-f]{64}$/);
  },
);

test.serial('a repeat within 300 s is suppressed, and says so; after that it is published again', async (t) => {
  let now = T0;
  const { bus, local } = await setBench(t, V2, { now: () => now });
  const put = async () => (await bus.put([entry('a')], testContext()))[0];
  t.deepEqual(await put(), ACCEPTED);
  now += 299_999;
  t.deepEqual(await put(), SUPPRESSED);
  t.is(local.arrived.length, 1);
  t.deepEqual(local.suppressed, ['a']);
  now += 1;
  t.deepEqual(await put(), ACCEPTED);
  t.is(local.arrived.length, 2);
});

test.serial('a suppressed repeat does not lengthen the window', async (t) => {
  let now = T0;
  const { bus } = await setBench(t, V2, { now: () => now });
  const outcomes = [];
  for (const wait of [0, 200_000, 99_999, 1, 299_999]) {
    now += wait;
    outcomes.push((await bus.put([entry('a')], testContext()))[0]);
  }
  t.deepEqual(outcomes, [ACCEPTED, SUPPRESSED, SUPPRESSED, ACCEPTED, SUPPRESSED]);
});

test.serial('the same ID in another group is another event', async (t) => {
  const { bus } = await setBench(t, V2);
  t.deepEqual(await bus.put([entry('a', 0, 'c1'), entry('a', 0, 'c2')], testContext()), [ACCEPTED, ACCEPTED]);
});

test.serial('an answer lost after acceptance, then a repetition, leaves one copy on a v2 bus', async (t) => {
  const { bus, local } = await setBench(t, V2);
  local.faults.next({ kind: 'acceptThenDrop' });
  await failureOf(t, bus.put([entry('a'), entry('b')], testContext()));
  t.deepEqual(await bus.put([entry('a'), entry('b'), entry('c')], testContext()), [SUPPRESSED, SUPPRESSED, ACCEPTED]);
  t.deepEqual(
    local.arrived.map(({ id }) => id),
    ['a', 'b', 'c'],
  );
});

test.serial('an entry that failed has not been taken: repeated, it is accepted', async (t) => {
  const { bus, local } = await setBench(t, V2);
  local.faults.next({ kind: 'entries', code: 'ThrottlingException', which: () => true });
  t.like((await bus.put([entry('a')], testContext()))[0], { status: 'busy' });
  t.deepEqual(await bus.put([entry('a')], testContext()), [ACCEPTED]);
});

test.serial('a success of a kind that is not known is not taken for acceptance', async (t) => {
  const { bus, goWrong } = await setBench(t, V2);
  goWrong({ kind: 'change', change: () => ({ Entries: [{ SuccessCode: 'QUEUED', EventId: 'x' }] }) });
  t.deepEqual(await bus.put([entry('a')], testContext()), [
    { status: 'busy', reason: 'InternalFailure: EventBridge said QUEUED' },
  ]);
});

test.serial('a bus that does not exist is missing, and the failure says how to create one', async (t) => {
  const missing = `${V2_ARN.slice(0, -1)}x`;
  const { bus, local } = await setBench(t, V2, { bus: missing });
  const failure = await failureOf(t, bus.put([entry('a')], testContext()));
  t.is(failure.code, 'bus.missing');
  t.is(failure.summary, `EventBridge has no bus ${missing}: it does not exist in this account and region`);
  t.regex(failure.remedy, /^Create a bus \(`aws eventsv2 create-event-bus --name NAME`/);
  t.is(local.arrived.length, 0);
});

test.serial('an entry that is answered with a missing bus says how to create one, too', async (t) => {
  const { bus, local } = await setBench(t, V2);
  local.faults.next({ kind: 'entries', code: 'ResourceNotFoundException', which: () => true });
  const [result] = await bus.put([entry('a')], testContext());
  t.like(result, { status: 'stopped', failure: { code: 'bus.missing' } });
  t.regex(result?.status === 'stopped' ? result.failure.remedy : '', /^Create a bus \(`aws eventsv2 create-event-bus/);
});

for (const type of ['InvalidStateException', 'ConcurrentModificationException']) {
  test.serial(`a bus in the middle of a change (${type}) is bus.unavailable: it takes events later`, async (t) => {
    const { bus, goWrong } = await setBench(t, V2);
    goWrong({ kind: 'error', status: 400, type, message: 'The event bus is being created' });
    t.is((await failureOf(t, bus.put([entry('a')], testContext()))).code, 'bus.unavailable');
  });
}
