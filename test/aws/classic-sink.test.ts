import test from 'ava';
import type { Sink } from '../../src/ports/sink.ts';
import { testContext } from '../support/request-context.ts';
import { conform, entry, failureOf, type Kind, NAME, setBench } from './bus-conformance.ts';

const ARN = `arn:aws:events:us-east-1:000000000000:event-bus/${NAME}`;
const FOREIGN_ARN = `arn:aws:events:us-east-1:999999999999:event-bus/${NAME}`;
const CLASSIC: Kind = {
  busType: 'classic',
  bus: NAME,
  entries: 10,
  endpointVariable: 'AWS_ENDPOINT_URL_EVENTBRIDGE',
  bytesBesides: 0,
  malformed: { status: 'refused', code: 'MalformedDetail' },
};

conform(CLASSIC);

test.serial('a bus named by its ARN is published on', async (t) => {
  const { bus, local } = await setBench(t, CLASSIC, { bus: ARN });
  t.deepEqual(await bus.put([entry('a')], testContext()), [{ status: 'accepted' }]);
  t.is(local.arrived[0]?.bus, NAME);
  t.is(bus.name, ARN);
});

test.serial(
  'an answer lost after acceptance, then a repetition, puts two copies of one ID on a classic bus',
  async (t) => {
    const { bus, local } = await setBench(t, CLASSIC);
    local.faults.next({ kind: 'acceptThenDrop' });
    await failureOf(t, bus.put([entry('a')], testContext()));
    await bus.put([entry('a')], testContext());
    t.deepEqual(
      local.arrived.map(({ id }) => id),
      ['a', 'a'],
    );
    t.is(new Set(local.arrived.map(({ eventId }) => eventId)).size, 2);
  },
);

test.serial(
  'a bus that does not exist, for which AWS would accept and drop events, is found out before anything is sent',
  async (t) => {
    const { bus, local } = await setBench(t, CLASSIC, { bus: 'no-such-bus' });
    const context = testContext();
    const failure = await failureOf(t, publish(bus, context));
    t.is(failure.code, 'bus.missing');
    t.regex(failure.message, /no bus no-such-bus.*genesys-poller setup/);
    t.is(context.counts.putEventsCalls, 0);
    t.deepEqual(local.vanished, []);
  },
);

test.serial('a bus is looked up once, and again after a minute', async (t) => {
  const { bus, proxy, clock } = await setBench(t, CLASSIC);
  const put = () => publish(bus);
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

test.serial('the default bus, which every account has, is not looked up', async (t) => {
  const { bus, proxy } = await setBench(t, CLASSIC, { bus: 'default' });
  await publish(bus);
  t.deepEqual(
    proxy.passed.map(({ operation }) => operation),
    ['PutEvents'],
  );
});

test.serial('a bus that may not be looked up is denied, naming events:DescribeEventBus', async (t) => {
  const { bus, local } = await setBench(t, CLASSIC);
  local.faults.denied.add('DescribeEventBus');
  const failure = await failureOf(t, publish(bus));
  t.is(failure.code, 'bus.denied');
  t.is(failure.remedy, `Allow events:DescribeEventBus on the ARN of bus ${NAME}`);
});

test.serial(
  'the bus of another account, which may not be looked up from here, is published on all the same',
  async (t) => {
    const { bus, local } = await setBench(t, CLASSIC, { bus: FOREIGN_ARN });
    local.faults.denied.add('DescribeEventBus');
    t.deepEqual(await publish(bus), [{ status: 'accepted' }]);
  },
);

test.serial(
  "a bus of the caller's own account that may not be looked up is denied under its ARN too, and nothing is sent to a bus that may be missing",
  async (t) => {
    const { bus, local } = await setBench(t, CLASSIC, { bus: `${ARN}-2` });
    local.faults.denied.add('DescribeEventBus');
    const failure = await failureOf(t, publish(bus));
    t.is(failure.code, 'bus.denied');
    t.is(failure.remedy, `Allow events:DescribeEventBus on the ARN of bus ${ARN}-2`);
    t.deepEqual(local.vanished, []);
  },
);

test.serial('a denied look-up that does not name the account of the caller tells nothing of the bus', async (t) => {
  const { bus, proxy } = await setBench(t, CLASSIC, { bus: FOREIGN_ARN });
  proxy.next({ kind: 'error', status: 400, type: 'AccessDeniedException', message: 'no' });
  t.is((await failureOf(t, publish(bus))).code, 'bus.denied');
});

test.serial('a bus named by its ARN that does not exist is missing', async (t) => {
  const { bus } = await setBench(t, CLASSIC, { bus: `${ARN}-2` });
  const { code, remedy } = await failureOf(t, publish(bus));
  t.is(code, 'bus.missing');
  t.regex(remedy, /^Create the bus in its account and region/, 'setup creates none from an ARN');
});

test.serial('a look-up that gets no answer is bus.unavailable, and nothing was sent', async (t) => {
  const { bus, proxy, local } = await setBench(t, CLASSIC);
  proxy.next({ kind: 'reset' });
  t.is((await failureOf(t, publish(bus))).code, 'bus.unavailable');
  t.is(local.calls, 0);
});

test.serial('a look-up that is answered with nothing has found nothing out, and nothing was sent', async (t) => {
  const { bus, proxy, local } = await setBench(t, CLASSIC);
  proxy.next({ kind: 'change', change: () => ({}) });
  const failure = await failureOf(t, publish(bus));
  t.is(failure.code, 'bus.unavailable');
  t.regex(failure.message, /the answer has no Name/);
  t.is(local.calls, 0);
});

/** As the publisher does it: the bus is ready, then there is one call. */
async function publish(bus: Sink, context = testContext()) {
  await bus.ready?.(context);
  return bus.put([entry('a')], context);
}
