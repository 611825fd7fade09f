import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import type { AwsClientOptions } from '../../src/aws/clients.ts';
import { DynamoDedupStore } from '../../src/aws/dedup-store.ts';
import { setUp } from '../../src/aws/setup.ts';
import { DynamoStateStore } from '../../src/aws/state-store.ts';
import { Failure } from '../../src/domain/failure.ts';
import { systemClock } from '../../src/lib/system-clock.ts';
import type { RequestContext } from '../../src/ports/request-context.ts';
import { type Database, startDatabase } from '../../src/sandbox/aws/database.ts';
import { FAKE_ACCESS, localClients } from '../support/aws.ts';
import { type FaultProxy, type ProxyFault, startFaultProxy } from '../support/fault-proxy.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testContext } from '../support/request-context.ts';

const test = anyTest as TestFn<{ database: Database }>;

/** Time-outs that a test can wait for. */
const SHORT: AwsClientOptions['timeouts'] = { table: { connection: 60_000, request: 4_000, body: 100 } };
const THROTTLED: ProxyFault = { kind: 'error', status: 400, type: 'ThrottlingException', message: 'Rate exceeded' };

test.before(async (t) => {
  const database = await startDatabase();
  t.context.database = database;
  const clients = localClients({ dynamoDb: database.url });
  await setUp({
    clients,
    stateTable: 'State',
    dedupTable: 'Dedup',
    dryRun: false,
    clock: systemClock,
    signal: new AbortController().signal,
  });
  clients.close();
});

test.after.always((t) => t.context.database?.close());

for (const [name, fault] of Object.entries({
  'a throttled call': THROTTLED,
  'a throughput limit': { kind: 'error', status: 400, type: 'ProvisionedThroughputExceededException' },
  'a server error': { kind: 'error', status: 500, type: 'InternalServerError' },
  'a service that is unavailable': { kind: 'error', status: 503, type: 'ServiceUnavailable' },
  'a connection that breaks': { kind: 'reset' },
  'an answer that breaks off': { kind: 'loseAnswer' },
  'a connection that has died half-open': { kind: 'silence' },
  'an answer that never comes': { kind: 'swallowAnswer' },
  'an answer that stops after its first byte': { kind: 'stall' },
  'a page of some box in between': { kind: 'answer', status: 502, text: '<html>Bad gateway</html>' },
  'a page that wants a login': { kind: 'answer', status: 403, text: '<html>Who are you?</html>' },
  'a page without anything on it': { kind: 'answer', status: 200, text: '' },
  'an error that is not named': { kind: 'answer', status: 407, text: '' },
  'an answer that is not JSON': { kind: 'answer', status: 200, text: '<html>Please log in</html>' },
} satisfies Record<string, ProxyFault>)) {
  // Where nothing comes, time has to pass: those wait beside one another.
  const isSilent = ['silence', 'swallowAnswer', 'stall'].includes(fault.kind);
  const either = isSilent ? test : test.serial;
  const timeouts = isSilent ? SHORT : undefined;

  either(`${name} is tried again twice, each attempt counted, with growing pauses`, async (t) => {
    const { dedup, proxy, clock } = await bench(t, new ManualClock(), timeouts);
    const context = testContext();
    proxy.next(fault, fault);
    t.deepEqual(await dedup.read(['a'], context), { found: [], unprocessed: [] });
    t.is(context.counts.dynamoCalls, 3);
    t.deepEqual(clock.slept, [75, 150]);
  });

  either(`${name}, time after time, is table.unavailable`, async (t) => {
    const { dedup, proxy } = await bench(t, new ManualClock(), timeouts);
    const context = testContext();
    proxy.next(fault, fault, fault);
    const failure = await failureOf(t, dedup.read(['a'], context));
    t.is(failure.code, 'table.unavailable');
    t.regex(failure.message, /^DynamoDB did not carry out dynamodb:BatchGetItem on table Dedup: \S.*\. If it lasts/);
    t.false(failure.message.includes('\n'));
    t.is(context.counts.dynamoCalls, 3);
  });
}

test.serial('a throttled call names its request for AWS support', async (t) => {
  const { dedup, proxy } = await bench(t);
  proxy.next(THROTTLED, THROTTLED, THROTTLED);
  const failure = await failureOf(t, dedup.read(['a'], testContext()));
  t.deepEqual(failure.fields, {
    action: 'dynamodb:BatchGetItem',
    error: 'ThrottlingException',
    httpStatus: 400,
    requestId: 'REQUEST-OF-THE-PROXY',
  });
});

test.serial('an answer that is not of AWS is distinguished from an error of AWS', async (t) => {
  const { dedup, proxy } = await bench(t);
  const page: ProxyFault = { kind: 'answer', status: 403, text: '<html>Who are you?</html>' };
  proxy.next(page, page, page);
  const failure = await failureOf(t, dedup.read(['a'], testContext()));
  t.regex(failure.message, /: the answer \(HTTP 403\) is not one of AWS/);
  t.regex(failure.remedy, /^If it lasts, check what answers there: .* AWS_ENDPOINT_URL_DYNAMODB or AWS_ENDPOINT_URL$/);
});

for (const [who, type] of [
  ['the bus', 'UnknownOperationException'],
  ['another program', 'not.found'],
] as const) {
  test.serial(`${who} at the endpoint of the tables is distinguished from a table that is unfit`, async (t) => {
    const { dedup, proxy } = await bench(t);
    proxy.next({ kind: 'error', status: 404, type });
    const failure = await failureOf(t, dedup.read(['a'], testContext()));
    t.is(failure.code, 'table.schema');
    t.regex(failure.remedy, /^Check what answers there: .* AWS_ENDPOINT_URL_DYNAMODB/);
  });
}

test.serial('a request that DynamoDB refuses is for `check` to explain', async (t) => {
  const { dedup, proxy } = await bench(t);
  proxy.next({ kind: 'error', status: 400, type: 'ValidationException', message: 'The key does not match' });
  const failure = await failureOf(t, dedup.read(['a'], testContext()));
  t.regex(failure.remedy, /^Run `genesys-poller check`/);
});

test.serial('an endpoint that refuses connections is table.unavailable and says so', async (t) => {
  const dedup = new DynamoDedupStore({
    client: clientOf(t, 'http://127.0.0.1:9'),
    table: 'Dedup',
    clock: new ManualClock(),
  });
  const failure = await failureOf(t, dedup.read(['a'], testContext()));
  t.is(failure.code, 'table.unavailable');
  t.regex(failure.message, /ECONNREFUSED/);
});

test.serial('a host name that does not resolve is table.unavailable and names the host', async (t) => {
  const client = clientOf(t, 'http://dynamodb.invalid');
  const dedup = new DynamoDedupStore({ client, table: 'Dedup', clock: new ManualClock() });
  const failure = await failureOf(t, dedup.read(['a'], testContext()));
  t.is(failure.code, 'table.unavailable');
  t.regex(failure.message, /dynamodb\.invalid/);
});

test.serial('a denied call names the action and the table to allow, and is not repeated', async (t) => {
  const { dedup, state, proxy } = await bench(t);
  const deadLetter = {
    id: 'x',
    time: 0,
    kind: 'event',
    reason: 'r',
    attempts: 1,
    recordedAt: 0,
    content: '{}',
  } as const;
  const lease = { holder: 'h', version: 1, fence: 1, durationMs: 1 };
  const operations: [string, (context: RequestContext) => Promise<unknown>][] = [
    ['dynamodb:BatchGetItem on table Dedup', (context) => dedup.read(['a'], context)],
    ['dynamodb:BatchWriteItem on table Dedup', (context) => dedup.write([{ id: 'a', expiresAt: 1 }], 1, context)],
    ['dynamodb:GetItem on table State', (context) => state.readCheckpoint('s', context)],
    ['dynamodb:UpdateItem on table State', (context) => state.fenceCheckpoint('s', 1, context)],
    ['dynamodb:UpdateItem on table State', (context) => state.writeLease('s', 1, lease, context)],
    ['dynamodb:UpdateItem on table State', (context) => state.putDeadLetter('s', deadLetter, context)],
  ];
  for (const [expected, operation] of operations) {
    const context = testContext();
    proxy.next({ kind: 'error', status: 400, type: 'AccessDeniedException', message: 'User: arn:… is not authorized' });
    const failure = await failureOf(t, operation(context));
    t.is(failure.code, 'table.denied');
    t.true(failure.message.startsWith(`AWS denied ${expected}: `), failure.message);
    t.regex(failure.remedy, /^Allow dynamodb:\w+ on the ARN of table (State|Dedup)$/);
    t.is(context.counts.dynamoCalls, 1);
  }
});

for (const type of [
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'MissingAuthenticationTokenException',
]) {
  test.serial(`${type} is a matter of credentials; nothing that AWS quotes of them gets out`, async (t) => {
    const { dedup, proxy } = await bench(t);
    const context = testContext();
    const message = `host:x\nx-amz-security-token:TOKEN-OF-A-SESSION\n${FAKE_ACCESS.credentials.secretAccessKey}`;
    proxy.next({ kind: 'error', status: 400, type, message });
    const failure = await failureOf(t, dedup.read(['a'], context));
    t.is(failure.code, 'aws.credentials');
    t.regex(failure.message, new RegExp(`no credentials that AWS accepts \\(${type}\\)`));
    t.is(context.counts.dynamoCalls, 1);
    const everything = [failure.message, failure.stack, failure.cause, JSON.stringify(failure)].join();
    t.notRegex(everything, /TOKEN-OF-A-SESSION|fake\/secret|x-amz/);
  });
}

test.serial('a role that may not be assumed is a matter of credentials, not of the table', async (t) => {
  const { dedup, proxy } = await bench(t);
  const message =
    'User: arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/y';
  proxy.next({ kind: 'error', status: 403, type: 'AccessDenied', message });
  t.is((await failureOf(t, dedup.read(['a'], testContext()))).code, 'aws.credentials');
});

test.serial('a host whose clock is an hour off is signed for with the right time at the second attempt', async (t) => {
  const { dedup, proxy } = await bench(t);
  const context = testContext();
  const date = new Date(Date.now() + 3_600_000);
  proxy.next({ kind: 'error', status: 400, type: 'InvalidSignatureException', message: 'Signature expired', date });
  t.deepEqual(await dedup.read(['a'], context), { found: [], unprocessed: [] });
  t.is(context.counts.dynamoCalls, 2);
});

test.serial('a call whose signal has aborted does not go out', async (t) => {
  const { dedup, proxy } = await bench(t);
  const reason = new Error('stopping');
  const context = testContext(AbortSignal.abort(reason));
  t.is(await rejectionOf(dedup.read(['a'], context)), reason);
  t.is(proxy.passed.length, 0);
});

for (const reason of [new Error('stopping'), 'just because']) {
  test.serial(
    `a call that is aborted in flight rejects with the reason (${typeof reason}), not with a failure`,
    async (t) => {
      const { dedup, proxy } = await bench(t);
      const stop = new AbortController();
      const context = testContext(stop.signal);
      proxy.next({ kind: 'after', first: async () => stop.abort(reason) });
      t.is(await rejectionOf(dedup.read(['a'], context)), reason);
      t.is(context.counts.dynamoCalls, 1);
    },
  );
}

test.serial('a call that is aborted in the pause between attempts rejects with the reason at once', async (t) => {
  const clock = new ManualClock(0, { autoAdvance: false });
  const { dedup, proxy } = await bench(t, clock);
  const stop = new AbortController();
  const reason = new Error('stopping');
  proxy.next(THROTTLED);
  const reading = rejectionOf(dedup.read(['a'], testContext(stop.signal)));
  while (clock.slept.length === 0) await new Promise((resolve) => setImmediate(resolve));
  stop.abort(reason);
  t.is(await reading, reason);
});

test.serial('a call leaves no listener behind on its signal', async (t) => {
  const { dedup, proxy } = await bench(t);
  const stop = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = stop.signal;
  stop.signal.addEventListener = (...args: Parameters<AbortSignal['addEventListener']>) => {
    listeners++;
    addEventListener.apply(stop.signal, args);
  };
  stop.signal.removeEventListener = (...args: Parameters<AbortSignal['removeEventListener']>) => {
    listeners--;
    removeEventListener.apply(stop.signal, args);
  };
  proxy.next(undefined, THROTTLED);
  await dedup.read(['a'], testContext(stop.signal));
  await dedup.read(['a'], testContext(stop.signal));
  t.is(listeners, 0);
});

async function bench(
  t: ExecutionContext<{ database: Database }>,
  clock = new ManualClock(),
  timeouts?: AwsClientOptions['timeouts'],
) {
  const proxy: FaultProxy = await startFaultProxy(t.context.database.url);
  t.teardown(() => proxy.close());
  const client = clientOf(t, proxy.url, timeouts);
  return {
    proxy,
    clock,
    dedup: new DynamoDedupStore({ client, table: 'Dedup', clock }),
    state: new DynamoStateStore({ client, table: 'State', poller: 'p', clock }),
  };
}

function clientOf(t: ExecutionContext<{ database: Database }>, url: string, timeouts?: AwsClientOptions['timeouts']) {
  const clients = localClients({ dynamoDb: url }, timeouts);
  t.teardown(() => clients.close());
  return clients.dynamoDb;
}

async function failureOf(t: ExecutionContext<{ database: Database }>, attempt: Promise<unknown>): Promise<Failure> {
  return t.throwsAsync<Failure>(attempt, { instanceOf: Failure });
}

function rejectionOf(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => 'it resolved',
    (reason: unknown) => reason,
  );
}
