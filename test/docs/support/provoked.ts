import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import type { ExecutionContext } from 'ava';
import { tooRecent } from '../../../src/audit/audit.ts';
import { remedyOfRefusal } from '../../../src/aws/bus-refusals.ts';
import { CredentialsTimeout } from '../../../src/aws/credentials.ts';
import { resultOfError } from '../../../src/aws/entry-result.ts';
import { busFailure, tableFailure } from '../../../src/aws/failures.ts';
import { v2BusFailure } from '../../../src/aws/v2-sink.ts';
import { Failure } from '../../../src/domain/failure.ts';
import type { Binding } from '../../../src/domain/organisation.ts';
import { createGenesysClient } from '../../../src/genesys/client.ts';
import { ConversationQuery } from '../../../src/genesys/conversation-query.ts';
import { axiosTransport, type Transport, TransportError } from '../../../src/genesys/transport.ts';
import { LeaseManager } from '../../../src/lease/lease-manager.ts';
import { withLease } from '../../../src/lease/with-lease.ts';
import { proxyRules } from '../../../src/lib/proxy.ts';
import { assertCheckpointNotAhead, assertOriginNotAhead } from '../../../src/pipeline/checkpoint-ahead.ts';
import { assertOwnership } from '../../../src/pipeline/ownership.ts';
import { refusedBySink } from '../../../src/pipeline/publisher.ts';
import { StreamRunner } from '../../../src/pipeline/run-stream.ts';
import { stuckFailure } from '../../../src/pipeline/watchdog.ts';
import { pollOnce } from '../../../src/pipeline/worker.ts';
import { watchClock } from '../../../src/schedule/clock-watch.ts';
import { notGuaranteed, tooOld } from '../../../src/streams/backfill-refusals.ts';
import { JobReader } from '../../../src/streams/job-reader.ts';
import { listen } from '../../genesys/support/http-server.ts';
import { answer, granted, type Scripted, scriptedGenesys } from '../../genesys/support/scripted-genesys.ts';
import { selfSigned } from '../../genesys/support/self-signed.ts';
import {
  ALLOWED,
  CHECKPOINT,
  conversation,
  entryOf,
  eventOf,
  fixture,
  raisable,
  standBy,
} from '../../pipeline/fixture.ts';
import { failureOf, load, withKeys } from '../../support/config-file.ts';
import { FakeJobs } from '../../support/fake-jobs.ts';
import { FakePollerItem } from '../../support/fakes.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { type RecordedLog, recordedLog } from '../../support/recorded-log.ts';
import { testContext } from '../../support/request-context.ts';
import { hangs, leavesUnread, Wire } from '../../support/wire.ts';

/** What an operator reads, and the code or the event by which it is known. */
export interface ProvokedLine {
  readonly name: string;
  readonly line: string;
}

/** Where something goes wrong; resolves to the failure or the line that comes of it. */
type Provocation = (t: ExecutionContext) => Promise<ProvokedLine> | ProvokedLine;

const CORRELATION = { 'inin-correlation-id': '557a28c2-dfd3-4e46-b3e6-bfb8266002a8' };
const API = 'https://api.mypurecloud.com';
const LOGIN = 'https://login.mypurecloud.com';
const TABLE = 'GenesysEventDedup';
const BUS = 'genesys-outbound-events';
const V2_BUS = 'arn:aws:events:eu-west-1:123456789012:event-busv2/events/abcdefghijklmnopqrstuvwxy';

/** Everything on the page is provoked here, as an operator would meet it. */
export const PROVOCATIONS: readonly Provocation[] = [
  // Genesys: login
  () => asking({ login: [refusal(401, 'invalid_client', 'authentication failed')] }),
  () => asking({ login: [refusal(400, 'invalid_client', 'client not found: invalid_client')] }),
  () => asking({ login: [refusal(403, 'unauthorized_client', 'This client may not use this grant')] }),
  () => asking({ api: Array(2).fill(refusal(401, 'bad.credentials', 'Invalid login credentials.')) }),
  shortToken,
  // Genesys: API
  () => asking({ api: [refusal(403, 'missing.any.permissions', MISSING)] }),
  () => asking({ api: Array(11).fill(refusal(429, 'too.many.requests.retry.after', LIMIT, { 'retry-after': '59' })) }),
  async () => lineOf(await throttledOnce(), 'genesys.throttled'),
  () => asking({ api: Array(15).fill(refusal(503, 'service.unavailable', 'The service is unavailable')) }),
  () => asking({ api: Array(5).fill(answer(200, '<html>Please log in to the network</html>', CORRELATION)) }),
  () => asking({ api: [refusal(400, 'bad.request', 'The interval is too long')] }),
  () => asking({ api: [answer(200, { conversations: 'none' })] }),
  () => asking({ api: Array(5).fill(answer(200, { message: 'Service busy' }, CORRELATION)) }),
  () => asking({ api: Array(3).fill(answer(200, { conversations: [], totalHits: 250 })) }),
  () => asking({ api: Array(10).fill(answer(200, { conversations: [{ conversationId: 'c-1' }], totalHits: 400 })) }),
  () => asking({ api: Array(5).fill(new TransportError('tooLarge', 'it has more than 16 MB')) }),
  () => asking({ api: Array(200).fill(refusal(400, 'bad.request', TOO_MANY)) }),
  unfinishedJob,
  // The way to Genesys
  () => unanswered('ECONNREFUSED', 'no complete answer from login.mypurecloud.com (ECONNREFUSED)'),
  () => unanswered('ENOTFOUND', 'no complete answer from login.mypurecloud.con (ENOTFOUND)'),
  async (t) => throughProxy(await proxy(t, () => undefined), 100),
  async (t) =>
    throughProxy(await proxy(t, (socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'))),
  async (t) => throughProxy(await openingProxy(t)),
  () => failureLine(failureOf(() => proxyRules({ HTTPS_PROXY: 'socks5://proxy:1080' }))),
  async () => lineOf(await clockSetBack(), 'clock.stepped'),
  async () => lineOf(await clockAhead(), 'clock.skewed'),
  () =>
    rejection(
      (async () => assertCheckpointNotAhead('conversations', at('2026-11-20T10:00'), at('2026-11-20T09:00')))(),
    ),
  () =>
    rejection((async () => assertOriginNotAhead('conversations', at('2027-01-01T00:00'), at('2026-11-20T09:00')))()),
  // DynamoDB
  () => table('AccessDeniedException', 'User is not authorized to perform this action', 400),
  () => table('ResourceNotFoundException', 'Requested resource not found', 400),
  () => table('ValidationException', 'The provided key element does not match the schema', 400),
  () => table('ProvisionedThroughputExceededException', THROUGHPUT, 400),
  leftUnprocessed,
  // AWS as a whole
  () => table('Error', 'Region is missing'),
  () => table('CredentialsProviderError', 'Could not load credentials from any providers'),
  () => table('InvalidSignatureException', 'Signature expired', 400),
  () => table('CredentialsTimeout', new CredentialsTimeout(10_000).message),
  () => table('Error', 'Region not accepted: region="eu west 1" is not a valid hostname component.'),
  // EventBridge
  () => failureLine(busFailure(awsError('AccessDeniedException', 'no', 400), { action: 'events:PutEvents', bus: BUS })),
  () => publishing('AccessDeniedException', 'User is not authorized to perform events:PutEvents'),
  () =>
    failureLine(
      busFailure(awsError('ResourceNotFoundException', 'no', 400), { action: 'events:DescribeEventBus', bus: BUS }),
    ),
  () => publishing('ThrottlingException', 'Rate exceeded'),
  () => failureLine(v2BusFailure(awsError('ResourceNotFoundException', 'no', 404), 'events:PutEvents', V2_BUS)),
  () => failureLine(busFailure(unreached('events.eu-west-1.amazonaws.com'), { action: 'events:PutEvents', bus: BUS })),
  () =>
    failureLine(
      busFailure(awsError('ValidationException', 'Source is not valid', 400), { action: 'events:PutEvents', bus: BUS }),
    ),
  () =>
    failureLine(
      busFailure(awsError('AccessDeniedException', KMS_DENIED, 400), { action: 'events:PutEvents', bus: BUS }),
    ),
  () => failureLine(refusedByKms('KMSDisabledException: the key is disabled')),
  tooLarge,
  noIdentity,
  // Other pollers
  standingBy,
  waitingForALease,
  heldElsewhere,
  lostLease,
  hungCycle,
  () => failureLine(stuckFailure('conversations')),
  // What the operator asked for
  () => mismatched('org-b', 'org-a'),
  () => mismatched(undefined, 'org-a'),
  () => mismatched('org-b', undefined),
  () => failureLine(failureOf(() => load(withKeys({ 'poller.shedule': '0 * * * * *' })))),
  () => failureLine(tooOld(at('2026-10-01T00:00'), at('2026-11-14T10:00'))),
  () => failureLine(notGuaranteed(at('2026-11-20T10:00'), at('2026-11-20T04:00'))),
  () => failureLine(tooRecent(at('2026-11-20T08:00'), at('2026-11-20T04:00'))),
];

const MISSING =
  'Unable to perform the requested action. You must have at least one of the following permissions assigned: [analytics:conversationDetail:view]';
const LIMIT = 'Rate limit exceeded the maximum. Retry the request in [59] seconds';
const KMS_DENIED =
  'User: arn:aws:iam::123456789012:user/x is not authorized to perform: kms:Decrypt on resource: a key';
const TOO_MANY = 'Pagination may not exceed 100000 results';
const THROUGHPUT = 'The level of configured provisioned throughput for the table was exceeded';

/** What the page says in place of what differs from one run to another. */
export function settled(line: string): string {
  return line
    .replace(/"\/[^"]*config\.yaml"/, '"/etc/genesys-poller/config.yaml"')
    .replaceAll('test-bus', BUS)
    .replaceAll('the test says so', 'Rate exceeded')
    .replace(/127\.0\.0\.1:\d+/g, 'proxy.example:3128')
    .replace('within 0.1 s', 'within 30 s');
}

function failureLine(failure: unknown): ProvokedLine {
  if (!(failure instanceof Failure)) throw failure;
  return { name: failure.code, line: failure.message };
}

function lineOf({ lines }: RecordedLog, event: string): ProvokedLine {
  return { name: event, line: lines.find((line) => line.event === event)?.msg ?? `no ${event}` };
}

async function rejection(promise: Promise<unknown>): Promise<ProvokedLine> {
  return failureLine(
    await promise.then(
      () => new Error('it went well'),
      (failure: unknown) => failure,
    ),
  );
}

function at(time: string): number {
  return Date.parse(`${time}:00Z`);
}

function refusal(status: number, code: string, message: string, headers = {}): Scripted {
  return answer(status, { status, code, message }, { ...CORRELATION, ...headers });
}

/** A client of Genesys over this transport. */
function clientOver(transport: Transport, log = recordedLog(), clock = new ManualClock()) {
  const connection = { loginUrl: LOGIN, apiUrl: API, clientId: 'the-client', clientSecret: 'the-secret' };
  return createGenesysClient({ ...connection, requestsPerMinute: 240, clock, log, transport });
}

/** Reads a window of conversations from a Genesys by script. */
function asking(script: Parameters<typeof scriptedGenesys>[0]): Promise<ProvokedLine> {
  return rejection(readWindow(scriptedGenesys(script).transport));
}

async function readWindow(transport: Transport, log = recordedLog()): Promise<void> {
  const clock = new ManualClock();
  const client = clientOver(transport, log, clock);
  const query = new ConversationQuery({ client, clock, log, query: 'interval', scope: 'all', lookback: 0 });
  const window = { start: at('2026-11-20T09:00'), end: at('2026-11-20T10:00') };
  for await (const _page of query.read(window, testContext()));
}

/** A login that takes longer than its token lives. */
function shortToken(): Promise<ProvokedLine> {
  const clock = new ManualClock();
  const slow: Scripted = async () => {
    await clock.sleep(3_000);
    return granted('the-token', 1);
  };
  const client = clientOver(scriptedGenesys({ login: [slow] }).transport, recordedLog(), clock);
  return rejection(client.now(testContext()));
}

async function throttledOnce(): Promise<RecordedLog> {
  const log = recordedLog();
  const busy = refusal(429, 'too.many.requests.retry.after', LIMIT, { 'retry-after': '59' });
  const empty = answer(200, { conversations: [], totalHits: 0 });
  await readWindow(scriptedGenesys({ api: [busy, empty] }).transport, log);
  return log;
}

function unanswered(code: string, what: string): Promise<ProvokedLine> {
  const [host = ''] = /login\S+/.exec(what) ?? [];
  const { advice } = proxyRules({}).routeTo(`https://${host}`);
  return rejection(readWindow({ send: () => Promise.reject(new TransportError(code, what, advice)) }));
}

/** What the SDK's handler rejects with where a host of AWS says nothing. */
function unreached(host: string): Error {
  const error = Object.assign(new Error('no answer within 10 s'), { name: 'TimeoutError' });
  return Object.assign(error, { asked: { host, route: proxyRules({}).routeTo(`https://${host}`) } });
}

/** Through a real proxy; Genesys itself is never asked. */
function throughProxy(proxyUrl: string, requestTimeout = 60_000): Promise<ProvokedLine> {
  return rejection(readWindow(axiosTransport({ requestTimeout, env: { HTTPS_PROXY: proxyUrl } })));
}

/** A proxy that meets each wish for a tunnel in this way. */
async function proxy(t: ExecutionContext, onConnect: (socket: Duplex) => void): Promise<string> {
  const server = createServer();
  server.on('connect', (_request, socket) => {
    socket.on('error', () => undefined);
    onConnect(socket);
  });
  return (await listen(t, server)).url;
}

/** A proxy that opens TLS, with a certificate of its own. */
async function openingProxy(t: ExecutionContext): Promise<string> {
  const inspector = await listen(t, createTlsServer(selfSigned('login.mypurecloud.com')));
  return proxy(t, (socket) => {
    const inward = connect(inspector.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      inward.pipe(socket).pipe(inward);
    });
    inward.on('error', () => undefined);
  });
}

/** The clock of this host is set while a poller runs. */
async function clockSetBack(): Promise<RecordedLog> {
  const clock = new ManualClock(undefined, { autoAdvance: false });
  const log = recordedLog();
  const stop = new AbortController();
  const watching = watchClock({ clock, log, signal: stop.signal });
  await clock.advance(1_000);
  clock.step(-3_600_000);
  await clock.advance(1_000);
  stop.abort(new Error('the test is over'));
  await watching;
  return log;
}

/** A client of another organisation, or of one that Genesys does not tell. */
function mismatched(id: string | undefined, boundTo: string | undefined): Promise<ProvokedLine> {
  const item = new FakePollerItem<Binding>(new Wire(), { id: boundTo, clients: ['api.example a1'] });
  const owner = { organisation: async () => ({ id, client: 'api.example b2' }) };
  return rejection(assertOwnership({ poller: 'default', owner, item }, testContext()));
}

async function clockAhead(): Promise<RecordedLog> {
  const log = recordedLog();
  const clock = new ManualClock('2026-11-20T10:02:00.000Z');
  const login = { ...granted('a-token'), headers: { date: 'Fri, 20 Nov 2026 10:00:00 GMT' } };
  await clientOver(scriptedGenesys({ login: [login] }).transport, log, clock).now(testContext());
  return log;
}

async function unfinishedJob(): Promise<ProvokedLine> {
  const clock = new ManualClock();
  const jobs = new FakeJobs(clock);
  jobs.looks = Number.POSITIVE_INFINITY;
  const reader = new JobReader({ jobs, clock, log: recordedLog(), stream: 'reconciliation' });
  const window = { start: at('2026-11-20T09:59'), end: at('2026-11-20T10:00') };
  const reading = reader.read({ window, remember: async () => undefined }, testContext());
  return rejection(reading.next());
}

function awsError(name: string, message: string, httpStatusCode?: number): Error {
  const metadata = httpStatusCode === undefined ? {} : { httpStatusCode };
  return Object.assign(new Error(message), { name, $metadata: metadata });
}

function table(name: string, message: string, status?: number): ProvokedLine {
  return failureLine(tableFailure(awsError(name, message, status), { action: 'dynamodb:BatchGetItem', table: TABLE }));
}

function leftUnprocessed(): Promise<ProvokedLine> {
  const f = fixture();
  f.wire.always('ids.read', leavesUnread(3));
  return rejection(f.deduplicator.lookUp(['a', 'b', 'c'], testContext()));
}

function refusedByKms(reason: string): Failure {
  return refusedBySink({ product: 'EventBridge', name: BUS }, { reason, remedy: remedyOfRefusal(reason) });
}

async function publishing(code: string, message: string): Promise<ProvokedLine> {
  const f = fixture();
  f.wire.always('bus.put', (_work, entries) => entries.map(() => resultOfError({ code, message }, BUS)));
  const { failure } = await f.publisher.publish([entryOf('e1'), entryOf('e2')], testContext(), () => undefined);
  return failureLine(failure);
}

async function tooLarge(): Promise<ProvokedLine> {
  const f = fixture();
  const { delivery } = f.deliveryOf();
  await delivery.add([eventOf('e1', 'c'.repeat(270_000))]);
  await delivery.finish();
  return lineOf(f.log, 'event.deadLettered');
}

async function noIdentity(): Promise<ProvokedLine> {
  const f = fixture();
  f.source.pagesOf = () => [[{ ...conversation('c1'), conversationId: null }]];
  await new StreamRunner(f.cycle, { heldLease: f.heldLeaseOf(), checkpoint: CHECKPOINT }).poll(raisable().signals);
  return lineOf(f.log, 'event.deadLettered');
}

async function standingBy(): Promise<ProvokedLine> {
  const f = fixture();
  f.state.leases.set('conversations', { holder: 'host-b:4711:0b1c2d', version: 1, fence: 3, durationMs: 30_000 });
  await standBy(f.leaseManagerOf('host-a'));
  return lineOf(f.log, 'lease.standby');
}

async function waitingForALease(): Promise<ProvokedLine> {
  const { state, clock, log } = fixture();
  state.leases.set('backfill', { holder: 'host-b:4711:0b1c2d', version: 1, fence: 3, durationMs: 30_000 });
  const leaseManager = new LeaseManager({
    state,
    stream: 'backfill',
    holder: 'host-a',
    durationMs: 30_000,
    clock,
    log,
  });
  const { signals } = raisable();
  await withLease({ leaseManager, policy: 'once', signals }, async () => undefined);
  return lineOf(log, 'lease.standby');
}

async function hungCycle(): Promise<ProvokedLine> {
  const f = fixture({ autoAdvance: false });
  f.state.checkpoints.set('conversations', CHECKPOINT);
  f.source.pagesOf = () => [[conversation('c1')]];
  f.wire.always('source.page', hangs);
  const { cycle, ticker } = f;
  const worker = {
    cycle,
    leaseManager: f.leaseManagerOf('host-a'),
    ticker,
    allowedMs: ALLOWED,
  };
  const polling = pollOnce(worker, raisable().signals);
  await f.clock.advance(ALLOWED());
  await polling;
  return lineOf(f.log, 'lease.released');
}

async function heldElsewhere(): Promise<ProvokedLine> {
  const f = fixture();
  const held = { holder: 'host-b:4711:0b1c2d', fence: 3, durationMs: 30_000 };
  let version = 1;
  f.wire.always('lease.read', () => ({ ...held, version: version++ }));
  await pollOnce(
    {
      cycle: f.cycle,
      leaseManager: f.leaseManagerOf('host-a'),
      ticker: f.ticker,
      allowedMs: ALLOWED,
    },
    raisable().signals,
  );
  return { ...lineOf(f.log, 'cycle.failed'), name: 'lease.held' };
}

function lostLease(): Promise<ProvokedLine> {
  const heldLease = fixture().heldLeaseOf();
  heldLease.end('it was taken by host-b:4711:0b1c2d');
  return rejection(Promise.reject(heldLease.signal.reason));
}
