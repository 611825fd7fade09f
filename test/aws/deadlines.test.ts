import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import test, { type ExecutionContext } from 'ava';
import { createAwsClients } from '../../src/aws/clients.ts';
import { boundedCredentials } from '../../src/aws/credentials.ts';
import { DynamoDedupStore } from '../../src/aws/dedup-store.ts';
import { Failure } from '../../src/domain/failure.ts';
import { FAKE_ACCESS } from '../support/aws.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testContext } from '../support/request-context.ts';

// Real sockets and real programs that do not answer. The limits are the program's own; their time is turned.

test.beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
test.afterEach.always(() => mock.timers.reset());

const ANSWER_LIMIT = 9_000;
const CREDENTIALS_LIMIT = 10_000;
const SENDING_LIMIT = 12_000;

/** Lets so many milliseconds pass each time that an answer of a server has begun. */
function passAtEachAnswer(t: ExecutionContext, milliseconds: number): void {
  const pass = () => void setImmediate(() => mock.timers.tick(milliseconds));
  subscribe('http.client.response.finish', pass);
  t.teardown(() => unsubscribe('http.client.response.finish', pass));
}

const FOUND = { Responses: { Dedup: [] }, UnprocessedKeys: {} };

test.serial(
  'an answer that drips in byte by byte ends at the deadline of its call, and so does its connection',
  async (t) => {
    const closed: Promise<unknown>[] = [];
    const url = await serve(t, (_request, response) => {
      closed.push(once(response, 'close'));
      response.writeHead(200, { 'x-amzn-requestid': 'R', 'content-length': 1_000 });
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    passAtEachAnswer(t, ANSWER_LIMIT);
    const failure = await failureOf(t, tableAt(t, url).read(['a'], testContext()));
    t.is(failure.code, 'table.unavailable');
    t.regex(failure.message, /dynamodb:BatchGetItem on table Dedup: TimeoutError: no complete answer within 9 s/);
    t.is(closed.length, 3);
    await Promise.all(closed);
  },
);

test.serial(
  'an endpoint of credentials that never answers is what the failure names, and is asked anew by the next call',
  async (t) => {
    let isHung = true;
    const closed: Promise<unknown>[] = [];
    const source = await serve(t, (_request, response) => {
      if (isHung) {
        closed.push(once(response, 'close'));
        mock.timers.tick(CREDENTIALS_LIMIT);
        return;
      }
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      response.end(JSON.stringify({ AccessKeyId: 'AKIA', SecretAccessKey: 'secret', Token: 'token', Expiration }));
    });
    const database = await serve(t, (_request, response) => {
      response.writeHead(200, { 'x-amzn-requestid': 'R' }).end(JSON.stringify(FOUND));
    });
    environment(t, { AWS_CONTAINER_CREDENTIALS_FULL_URI: source });
    const table = tableAt(t, database, { chain: true });
    const failure = await failureOf(t, table.read(['a'], testContext()));
    t.is(failure.code, 'aws.credentials');
    t.regex(failure.message, /the source of credentials did not answer within 10 s/);
    // Nothing is left behind of the chain that hung.
    t.true(closed.length > 0);
    await Promise.all(closed);

    isHung = false;
    t.deepEqual(await table.read(['a'], testContext()), { found: [], unprocessed: [] });
  },
);

test.serial(
  'a credential_process that hangs is ended with all that it has started, and is run anew by the next call',
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-aws-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    // While a process holds the listening end open it is alive: the shell, and the program that it waits for.
    let arrived = 0;
    const ends: Promise<unknown>[] = [];
    const alive = await serve(t, (request) => {
      arrived++;
      ends.push(once(request.socket, 'close'));
      mock.timers.tick(CREDENTIALS_LIMIT);
    });
    const script = join(folder, 'helper.sh');
    const waiting = `await fetch(${JSON.stringify(alive)})`;
    writeFileSync(script, `#!/bin/sh\n${process.execPath} --input-type=module -e '${waiting}'\necho late\n`, {
      mode: 0o700,
    });
    const shared = join(folder, 'config');
    writeFileSync(shared, `[default]\ncredential_process = ${script}\n`);
    environment(t, { AWS_CONFIG_FILE: shared, AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none') });
    const table = tableAt(t, 'http://127.0.0.1:9', { chain: true });
    const failure = await failureOf(t, table.read(['a'], testContext()));
    t.is(failure.code, 'aws.credentials');
    t.regex(failure.message, /did not answer within 10 s/);
    t.is(arrived, 1);
    await Promise.all(ends);

    const answer = { Version: 1, AccessKeyId: 'AKIA', SecretAccessKey: 'secret' };
    writeFileSync(script, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`, { mode: 0o700 });
    t.is((await failureOf(t, table.read(['a'], testContext()))).code, 'table.unavailable');
  },
);

test.serial('a helper that fails is run again by the next call', async (t) => {
  const answers = [new Error('first'), { accessKeyId: 'A', secretAccessKey: 'B' }];
  let chains = 0;
  const provider = boundedCredentials(1_000, undefined, () => {
    chains++;
    const answer = answers.shift();
    return async () => {
      if (answer instanceof Error || !answer) throw answer;
      return answer;
    };
  });
  await t.throwsAsync(provider(), { message: 'first' });
  t.like(await provider(), { accessKeyId: 'A' });
  t.like(await provider(), { accessKeyId: 'A' });
  t.is(chains, 2);
});

test.serial(
  'a client whose region is never found is made anew: the next call does not wait for the same promise',
  async (t) => {
    const database = await serve(t, (_request, response) => {
      response.writeHead(200, { 'x-amzn-requestid': 'R' }).end(JSON.stringify(FOUND));
    });
    let asked = 0;
    const region = () => {
      if (asked++ > 0) return Promise.resolve('us-east-1');
      setImmediate(() => mock.timers.tick(SENDING_LIMIT));
      return new Promise<string>(() => undefined);
    };
    const table = tableAt(t, database, { region });
    const failure = await failureOf(t, table.read(['a'], testContext()));
    t.is(failure.code, 'aws.credentials');
    t.regex(failure.message, /region, credentials and endpoint were not found within/);
    t.deepEqual(await table.read(['a'], testContext()), { found: [], unprocessed: [] });
  },
);

async function serve(t: ExecutionContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface TableOptions {
  readonly region?: () => Promise<string>;
  /** Whether credentials come from the SDK's default chain. */
  readonly chain?: true;
}

function tableAt(t: ExecutionContext, endpoint: string, { chain, region }: TableOptions = {}): DynamoDedupStore {
  const { credentials } = FAKE_ACCESS;
  const clients = createAwsClients({
    dynamoDb: { endpoint, region: region ?? FAKE_ACCESS.region, ...(!chain && { credentials }) },
  });
  t.teardown(() => clients.close());
  return new DynamoDedupStore({ client: clients.dynamoDb, table: 'Dedup', clock: new ManualClock() });
}

/** For the SDK to find these, and nothing of this machine's. */
function environment(t: ExecutionContext, given: Readonly<Record<string, string>>): void {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, { AWS_EC2_METADATA_DISABLED: 'true' }, given);
  t.teardown(() => {
    process.env = before;
  });
}

function failureOf(t: ExecutionContext, attempt: Promise<unknown>): Promise<Failure> {
  return t.throwsAsync<Failure>(attempt, { instanceOf: Failure });
}
