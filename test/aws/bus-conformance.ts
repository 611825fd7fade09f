import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import type { AwsClientOptions } from '../../src/aws/clients.ts';
import { entryBytes } from '../../src/aws/entry-size.ts';
import { targetBus } from '../../src/aws/sink.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { EntryResult } from '../../src/domain/outcome.ts';
import { type LocalBusOptions, startLocalBus } from '../../src/sandbox/aws/local-bus.ts';
import { FAKE_ACCESS, localClients } from '../support/aws.ts';
import { demandDocumented, type Published } from '../support/documented.ts';
import { type ProxyFault, startFaultProxy } from '../support/fault-proxy.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testContext } from '../support/request-context.ts';
import { conformAsSink, entry, sized } from '../support/sink-conformance.ts';

/** A kind of bus, where the two differ. */
export interface Kind {
  readonly busType: 'classic' | 'v2';
  /** How the configuration names the bus. */
  readonly bus: string;
  readonly entries: number;
  /** The variable by which an operator gives its API another endpoint. */
  readonly endpointVariable: string;
  /** What the bus counts of an entry besides its own size: of the ID `a`, in the group `c`. */
  readonly bytesBesides: number;
  /** What is said of an entry whose detail is not JSON. */
  readonly malformed: { readonly status: EntryResult['status']; readonly code: string };
}

export const NAME = 'genesys-outbound-events';
export const V2_ARN = `arn:aws:events:us-east-1:000000000000:event-busv2/${NAME}/0123456789abcdefghijklmno`;
export { entry, T0 } from '../support/sink-conformance.ts';

/** Time-outs that a test can wait for. */
const SHORT: AwsClientOptions['timeouts'] = { bus: { connection: 60_000, request: 4_000, body: 100 } };
/** Where nothing comes, time has to pass: tests of such faults wait beside one another. */
const isSilent = ({ kind }: { readonly kind: string }) => ['silence', 'swallowAnswer', 'stall', 'hang'].includes(kind);
const LIMIT = 262_144;

/**
 * What every bus promises: the real SDK against the local bus, with a proxy in between for what goes wrong on
 * the way.
 */
export function conform(kind: Kind): void {
  const bench = (t: ExecutionContext, timeouts?: AwsClientOptions['timeouts']) => setBench(t, kind, {}, timeouts);

  conformAsSink(async (t) => {
    const { bus, local } = await bench(t);
    return { sink: bus, arrived: () => local.arrived };
  });

  test.serial('a call is counted, and the bus goes by the name of the configuration', async (t) => {
    const { bus, local } = await bench(t);
    const context = testContext();
    await bus.put([entry('a')], context);
    t.is(context.counts.putEventsCalls, 1);
    t.is(bus.name, kind.bus);
    t.like(local.arrived, [{ id: 'a', bus: NAME }]);
  });

  test.serial('a put is one call, and waits for no other', async (t) => {
    const { bus, proxy } = await bench(t);
    await bus.put([entry('a')], testContext());
    t.deepEqual(
      proxy.passed.map(({ operation }) => operation),
      ['PutEvents'],
    );
  });

  test.serial('a full call takes as many entries as the bus says, and one more is refused', async (t) => {
    const { bus, local } = await bench(t);
    t.like(bus.limits, { entries: kind.entries, bytes: LIMIT });
    const many = Array.from({ length: kind.entries + 1 }, (_, index) => entry(`e${index}`));
    t.is((await failureOf(t, bus.put(many, testContext()))).code, 'bus.rejected');
    t.is(local.arrived.length, 0);
    const results = await bus.put(many.slice(1), testContext());
    t.true(results.every(({ status }) => status === 'accepted'));
    t.is(local.arrived.length, kind.entries);
  });

  test.serial(
    'an entry of exactly the permitted size, by our own count, is accepted; one byte more is refused',
    async (t) => {
      const { bus } = await bench(t);
      const fits = sized({ sizeOf: (one) => entryBytes(one) + kind.bytesBesides }, LIMIT);
      t.true(entryBytes(fits) + kind.bytesBesides <= bus.sizeOf(fits));
      t.deepEqual(await bus.put([fits], testContext()), [{ status: 'accepted' }]);
      const larger = { ...fits, detail: fits.detail.replace('outbound', 'outboundx') };
      const failure = await failureOf(t, bus.put([larger], testContext()));
      t.is(failure.code, 'bus.rejected');
      t.regex(failure.message, /Total size of the entries/);
    },
  );

  test.serial('every request is signed for the service events', async (t) => {
    const { bus, proxy } = await bench(t);
    await bus.put([entry('a')], testContext());
    t.true(proxy.passed.length > 0);
    for (const { authorization } of proxy.passed) {
      t.regex(
        authorization,
        /^AWS4-HMAC-SHA256 Credential=AKIAFAKEACCESSKEY\/\d{8}\/us-east-1\/events\/aws4_request, /,
      );
    }
  });

  test.serial('of a partial failure, each entry has its own result', async (t) => {
    const { bus, local } = await bench(t);
    local.faults.next({ kind: 'entries', code: 'ThrottlingException', which: (_entry, index) => index !== 1 });
    const throttled = { status: 'busy', reason: 'ThrottlingException: ThrottlingException on demand' } as const;
    t.deepEqual(await bus.put([entry('a'), entry('b'), entry('c')], testContext()), [
      throttled,
      { status: 'accepted' },
      throttled,
    ]);
    t.deepEqual(
      local.arrived.map(({ id }) => id),
      ['b'],
    );
  });

  test.serial('an entry that AWS will never take says why, and its neighbours are accepted', async (t) => {
    const { bus } = await bench(t);
    const malformed = { ...entry('b'), detail: '{"metadata":' };
    t.like(await bus.put([entry('a'), malformed], testContext()), [
      { status: 'accepted' },
      { status: kind.malformed.status, reason: `${kind.malformed.code}: Detail is malformed.` },
    ]);
  });

  test.serial('a result with neither a proof of acceptance nor an error is not taken for acceptance', async (t) => {
    const { bus, goWrong } = await bench(t);
    goWrong({ kind: 'change', change: () => ({ FailedEntryCount: 0, Entries: [{}] }) });
    t.deepEqual(await bus.put([entry('a')], testContext()), [
      { status: 'busy', reason: 'InternalFailure: EventBridge gave no reason' },
    ]);
  });

  for (const results of [[], [{ EventId: 'x', SuccessCode: 'PUBLISHED' }], undefined]) {
    const name = JSON.stringify(results) ?? 'none';
    test.serial(`an answer with fewer results (${name}) than entries tells nothing about any of them`, async (t) => {
      const { bus, goWrong } = await bench(t);
      goWrong({ kind: 'change', change: () => ({ ...(results && { Entries: results }) }) });
      const failure = await failureOf(t, bus.put([entry('a'), entry('b')], testContext()));
      t.is(failure.code, 'bus.unavailable');
      t.regex(failure.message, /[01] results for 2 entries/);
    });
  }

  for (const [name, fault] of Object.entries({
    'a throttled call': { kind: 'throttle' },
    'a server error': { kind: 'error' },
    'a bus that never answers': { kind: 'hang' },
    'an answer that stops after its headers': { kind: 'stall' },
    'an answer lost after the entries were accepted': { kind: 'acceptThenDrop' },
  } as const)) {
    const either = isSilent(fault) ? test : test.serial;
    either(`${name} is bus.unavailable after one call, and the next call goes through`, async (t) => {
      const { bus, local } = await bench(t, isSilent(fault) ? SHORT : undefined);
      const context = testContext();
      local.faults.next(fault);
      const failure = await failureOf(t, bus.put([entry('a')], context));
      t.is(failure.code, 'bus.unavailable');
      const said = `EventBridge did not answer events:PutEvents on bus ${kind.bus} with a result: `;
      t.true(failure.message.startsWith(said) && /^\S/.test(failure.message.slice(said.length)), failure.message);
      t.is(context.counts.putEventsCalls, 1);
      t.is(local.calls, 1);
      t.deepEqual(await bus.put([entry('b')], context), [{ status: 'accepted' }]);
      t.is(context.counts.putEventsCalls, 2);
    });
  }

  for (const fault of [
    { kind: 'silence' },
    { kind: 'reset' },
    { kind: 'loseAnswer' },
    { kind: 'swallowAnswer' },
    { kind: 'stall' },
    { kind: 'answer', status: 502, text: '<html>Bad gateway</html>' },
    { kind: 'answer', status: 403, text: '<html>Forbidden</html>' },
    { kind: 'answer', status: 403, text: '{"message":"Forbidden"}' },
    { kind: 'answer', status: 200, text: '<html>Sign in</html>' },
    { kind: 'answer', status: 200, text: '' },
  ] as const satisfies readonly ProxyFault[]) {
    const either = isSilent(fault) ? test : test.serial;
    either(`a connection with a fault in between (${JSON.stringify(fault)}) is bus.unavailable`, async (t) => {
      const { bus, goWrong } = await bench(t, isSilent(fault) ? SHORT : undefined);
      goWrong(fault);
      t.is((await failureOf(t, bus.put([entry('a')], testContext()))).code, 'bus.unavailable');
    });
  }

  for (const [status, code] of [
    [502, 'bus.unavailable'],
    [413, 'bus.rejected'],
  ] as const) {
    test.serial(
      `an answer ${status} that is not one of AWS names the variable of the endpoint (${code})`,
      async (t) => {
        const { bus, goWrong } = await bench(t);
        goWrong({ kind: 'answer', status, text: '<html>No</html>' });
        const failure = await failureOf(t, bus.put([entry('a')], testContext()));
        t.is(failure.code, code);
        t.true(failure.remedy.endsWith(`the endpoint in ${kind.endpointVariable} or AWS_ENDPOINT_URL`), failure.remedy);
      },
    );
  }

  test.serial('an answer that begins late is heard: a call that is given up may be a repeat', async (t) => {
    const { bus, goWrong } = await bench(t, { bus: { connection: 60_000, request: 60_000, body: 50 } });
    goWrong({ kind: 'after', first: () => delay(300) });
    t.deepEqual(await bus.put([entry('a')], testContext()), [{ status: 'accepted' }]);
  });

  test.serial('a request too large for something in between is rejected, not tried for ever', async (t) => {
    const { bus, goWrong } = await bench(t);
    goWrong({ kind: 'answer', status: 413, text: 'Request Entity Too Large' });
    t.is((await failureOf(t, bus.put([entry('a')], testContext()))).code, 'bus.rejected');
  });

  test.serial('a denied call names events:PutEvents and the bus', async (t) => {
    const { bus, local } = await bench(t);
    local.faults.denied.add('PutEvents');
    const failure = await failureOf(t, bus.put([entry('a')], testContext()));
    t.is(failure.code, 'bus.denied');
    t.true(failure.message.startsWith(`AWS denied events:PutEvents on bus ${kind.bus}: `));
    t.is(failure.remedy, `Allow events:PutEvents on the ARN of bus ${kind.bus}`);
  });

  test.serial('expired credentials are reported as such', async (t) => {
    const { bus, goWrong } = await bench(t);
    goWrong({ kind: 'error', status: 400, type: 'ExpiredTokenException', message: 'The token has expired' });
    t.is((await failureOf(t, bus.put([entry('a')], testContext()))).code, 'aws.credentials');
  });

  test.serial('what AWS quotes of a signature that does not match is in no message', async (t) => {
    const { bus, goWrong } = await bench(t);
    const { accessKeyId, secretAccessKey } = FAKE_ACCESS.credentials;
    const message = `The Canonical String should have been host x-amz-security-token:the-token ${secretAccessKey}`;
    goWrong({ kind: 'error', status: 403, type: 'InvalidSignatureException', message });
    const failure = await failureOf(t, bus.put([entry('a')], testContext()));
    t.is(failure.code, 'aws.credentials');
    const said = inspect(failure, { depth: 9, showHidden: true });
    for (const secret of ['the-token', secretAccessKey, accessKeyId]) t.false(said.includes(secret), said);
  });

  test.serial('a call that is aborted in flight rejects with the reason, not with a failure', async (t) => {
    const { bus, goWrong } = await bench(t);
    const stop = new AbortController();
    const reason = new Error('stopping');
    goWrong({ kind: 'after', first: async () => stop.abort(reason) });
    const error = await t.throwsAsync(bus.put([entry('a')], testContext(stop.signal)));
    t.is(error, reason);
  });
}

/** A bus of this kind, that is there unless another is named, and ways to make it go wrong. */
export async function setBench(
  t: ExecutionContext,
  kind: Kind,
  options: Partial<LocalBusOptions> & { readonly bus?: string } = {},
  timeouts?: AwsClientOptions['timeouts'],
) {
  const onArrival = (event: Published) => demandDocumented(event, 'named');
  const local = await startLocalBus({ buses: [NAME], v2Buses: [V2_ARN], onArrival, ...options });
  const proxy = await startFaultProxy(local.url);
  const clients = localClients({ eventBridge: proxy.url }, timeouts);
  const clock = new ManualClock();
  t.teardown(async () => {
    clients.close();
    await proxy.close();
    await local.close();
  });
  const settings = { busType: kind.busType, bus: options.bus ?? kind.bus, maxRequestBytes: LIMIT };
  const { bus } = targetBus(settings, clients, clock);
  /** The first PutEvents call suffers this: `put` makes one call, and that is all it makes. */
  const goWrong = (fault: ProxyFault) => proxy.next(fault);
  return { bus, local, proxy, clock, goWrong };
}

export async function failureOf(t: ExecutionContext, attempt: Promise<unknown>): Promise<Failure> {
  return t.throwsAsync<Failure>(attempt, { instanceOf: Failure });
}
