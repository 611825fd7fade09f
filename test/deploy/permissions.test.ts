import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { createProgram } from '../../src/cli/program.ts';
import type { SentEntry } from '../../src/sandbox/aws/put-events.ts';
import { type FaultProxy, type Passing, startFaultProxy } from '../support/fault-proxy.ts';
import { type Ended, type Stage, setStage } from '../support/stage.ts';
import { stackOf } from './support/cloudformation.ts';

const PROJECT = new URL('../../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, PROJECT), 'utf8');
const stack = stackOf(new URL('deploy/aws/genesys-poller.yaml', PROJECT));

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: string;
}
interface Policy {
  readonly Statement: readonly Statement[];
}
const DAEMON: Policy = stack.DaemonPolicy?.Properties.PolicyDocument;
const OPERATOR: Policy = stack.OperatorPolicy?.Properties.PolicyDocument;
const SETUP: Policy = JSON.parse(text('deploy/aws/setup-policy.json'));
const PAGE: Policy = JSON.parse(
  (/<!-- policy -->([\s\S]*?)<!-- \/policy -->/.exec(text('docs/install.md'))?.[1] ?? '').replace(/```(json)?/g, ''),
);

/** What a policy allows: `ACTION on RESOURCE`, sorted. */
function allowed(...policies: readonly Policy[]): readonly string[] {
  const statements = policies.flatMap(({ Statement }) => Statement);
  return sorted(statements.flatMap(({ Action, Resource }) => Action.map((action) => `${action} on ${Resource}`)));
}

/** The permissions that a request to DynamoDB or EventBridge asks for, by what it holds. */
function needed({ operation, body }: Passing): readonly string[] {
  const { TableName, RequestItems, Name, Entries } = body as {
    readonly TableName?: string;
    readonly RequestItems?: object;
    readonly Name?: string;
    readonly Entries?: readonly SentEntry[];
  };
  const tables = [...(TableName === undefined ? [] : [TableName]), ...Object.keys(RequestItems ?? {})];
  const buses = [...(Name === undefined ? [] : [Name]), ...(Entries ?? []).map((entry) => String(entry.EventBusName))];
  return [
    ...tables.map((table) => `dynamodb:${operation} on arn:aws:dynamodb:REGION:ACCOUNT:table/${table}`),
    ...buses.map((bus) => `events:${operation} on arn:aws:events:REGION:ACCOUNT:event-bus/${bus}`),
  ];
}

function sorted(permissions: Iterable<string>): readonly string[] {
  return [...new Set(permissions)].sort();
}

interface Recorded extends Stage {
  /** Runs a command; its exit code has to be this one. */
  succeeds(args: readonly string[], code?: number): Promise<Ended>;
  /** What was needed since the last time this was asked. */
  used(): readonly string[];
}

/** The program between services to which every call is written down. */
async function recorded(t: ExecutionContext): Promise<Recorded> {
  const jobs = { lagMs: 1_000, queuedMs: 0, runningMs: 0 };
  const conversations = { startFrom: '3h', settle: '1s', overlap: '30s', maxWindow: '20m' };
  const streams = { conversations, reconciliation: { schedule: '*/5 * * * * *' }, eventLog: {} };
  const poller = { name: 'stage', schedule: '*/3 * * * * *' };
  // No machine is too slow to renew it.
  const lease = { duration: '5m' };
  const stage = await setStage({ jobs, world: { historyPerMinute: 0.1 }, config: { poller, streams, lease } });
  const tables = await startFaultProxy(stage.dynamoDb);
  const buses = await startFaultProxy(stage.bus.url);
  t.teardown(async () => {
    for (const part of [tables, buses, stage]) await part.close();
  });
  // What the embedded database does not know, Amazon's does: the program goes on as it would there.
  const ttl = { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' } };
  tables.whenever('DescribeTimeToLive', { kind: 'change', change: () => ttl });
  const through = { AWS_ENDPOINT_URL_DYNAMODB: tables.url, AWS_ENDPOINT_URL_EVENTBRIDGE: buses.url };
  const start: Stage['start'] = (args, env) => stage.start(args, { ...through, ...env });
  const run: Stage['run'] = (args, env) => start(args, env).ended;
  return {
    ...stage,
    start,
    run,
    async succeeds(args, code = 0) {
      const ended = await run(args);
      t.is(ended.code, code, `${args.join(' ')}: ${ended.stdout}${ended.stderr}`);
      return ended;
    },
    used: () => sorted([...taken(tables), ...taken(buses)].flatMap(needed)),
  };
}

function taken(proxy: FaultProxy): readonly Passing[] {
  return (proxy.passed as Passing[]).splice(0);
}

/** The next two events are such as the bus will never accept, so that there are dead letters. */
function refuseTwo({ bus }: Stage): void {
  let refused = 0;
  bus.faults.always(() => ({
    kind: 'entries',
    code: 'MalformedDetail',
    which: () => ++refused <= 2,
  }));
}

test.serial('setup calls what its policy allows, and nothing else', async (t) => {
  const { succeeds, used } = await recorded(t);
  await succeeds(['setup']);
  // Again, where it only looks whether all is as it should be.
  await succeeds(['setup']);
  t.deepEqual(used(), allowed(SETUP));
});

test.serial('the daemon calls what its policy allows, all of it, and nothing else', async (t) => {
  const stage = await recorded(t);
  await stage.succeeds(['setup']);
  stage.used();
  refuseTwo(stage);
  const daemon = stage.start(['run']);
  const streams = new Set<unknown>();
  let isRefused = false;
  await daemon.line((line) => {
    if (line.event === 'cycle.completed' && line.caughtUp === true) streams.add(line.stream);
    isRefused ||= line.event === 'event.deadLettered';
    return streams.size === 3 && isRefused;
  });
  daemon.process.kill('SIGTERM');
  t.is((await daemon.ended).code, 0);
  t.deepEqual(stage.used(), allowed(DAEMON));

  await stage.succeeds(['once']);
  t.deepEqual(
    stage.used().filter((permission) => !allowed(DAEMON).includes(permission)),
    [],
  );
});

/**
 * Commands that an operator calls, beside those that have tests of their own here and those that call nothing
 * of AWS.
 */
const OPERATIONS: Readonly<Record<string, (stage: Recorded, deadLetters: readonly string[]) => Promise<unknown>>> = {
  check: ({ succeeds }) => succeeds(['check']),
  status: ({ succeeds }) => succeeds(['status']),
  audit: async ({ succeeds }) => {
    await succeeds(['audit', '--from', '3h', '--to', '1h']);
    await succeeds(['audit', '--from', '3h', '--to', '1h', '--repair']);
  },
  'checkpoint get': ({ succeeds }) => succeeds(['checkpoint', 'get']),
  'checkpoint set': ({ succeeds }) => succeeds(['checkpoint', 'set', 'conversations', '2h', '--yes']),
  'dead-letters list': ({ succeeds }) => succeeds(['dead-letters', 'list']),
  'dead-letters show': ({ succeeds }, [first = '']) => succeeds(['dead-letters', 'show', first]),
  'dead-letters redrive': ({ succeeds }, [first = '']) => succeeds(['dead-letters', 'redrive', first, '--yes']),
  'dead-letters drop': ({ succeeds }, [, second = '']) => succeeds(['dead-letters', 'drop', second, '--yes']),
};
const NOT_OF_AWS = ['peek', 'health', 'report', 'schema', 'completion', 'help', 'sandbox'];
const ELSEWHERE = ['run', 'once', 'setup', 'backfill'];

test('every command is tried here, or calls nothing of AWS', (t) => {
  const commands = createProgram('0', () => undefined).commands.flatMap((command) =>
    command.commands.length === 0 ? [command.name()] : command.commands.map((one) => `${command.name()} ${one.name()}`),
  );
  const known = [...Object.keys(OPERATIONS), ...ELSEWHERE, ...NOT_OF_AWS];
  t.deepEqual(
    commands.filter((name) => !known.includes(name)),
    [],
  );
});

test.serial(
  "an operator calls what both policies allow, all that is in the operator's, and nothing else",
  async (t) => {
    const stage = await recorded(t);
    await stage.succeeds(['setup']);
    refuseTwo(stage);
    await stage.succeeds(['once']);
    stage.bus.faults.none();
    const listed = await stage.succeeds(['dead-letters', 'list', '--json']);
    const deadLetters = listed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id as string);
    t.is(deadLetters.length, 2);
    stage.used();
    for (const operate of Object.values(OPERATIONS)) await operate(stage, deadLetters);
    const used = stage.used();
    t.deepEqual(
      used.filter((permission) => !allowed(DAEMON, OPERATOR).includes(permission)),
      [],
    );
    t.deepEqual(
      allowed(OPERATOR).filter((permission) => !used.includes(permission)),
      [],
    );
  },
);

test.serial("a backfill needs no more than the daemon's policy", async (t) => {
  const stage = await recorded(t);
  await stage.succeeds(['setup']);
  stage.used();
  await stage.succeeds(['backfill', '--from', '3h', '--to', '1h']);
  const used = stage.used();
  t.true(used.length > 3);
  t.deepEqual(
    used.filter((permission) => !allowed(DAEMON).includes(permission)),
    [],
  );
});

test.serial('an audit reads, and does nothing else', async (t) => {
  const stage = await recorded(t);
  await stage.succeeds(['setup']);
  stage.used();
  await stage.succeeds(['audit', '--from', '3h', '--to', '1h']);
  t.deepEqual(stage.used(), [
    'dynamodb:BatchGetItem on arn:aws:dynamodb:REGION:ACCOUNT:table/GenesysEventDedup',
    'dynamodb:GetItem on arn:aws:dynamodb:REGION:ACCOUNT:table/GenesysPollerState',
    'dynamodb:Query on arn:aws:dynamodb:REGION:ACCOUNT:table/GenesysPollerState',
  ]);
});

test.serial('commands that need Genesys only, or this host only, call nothing of AWS', async (t) => {
  const stage = await recorded(t);
  await stage.succeeds(['peek', '--since', '1h']);
  await stage.run(['health', '--file', '/nowhere/heartbeat']);
  t.deepEqual(stage.used(), []);
});

test('no policy names an action or a resource by a wildcard, and all of them allow', (t) => {
  for (const policy of [DAEMON, OPERATOR, SETUP, PAGE]) {
    t.false(JSON.stringify(policy).includes('*'));
    t.true(policy.Statement.every(({ Effect }) => Effect === 'Allow'));
  }
});

test('the operator is allowed nothing twice', (t) => {
  const daemon = allowed(DAEMON);
  t.deepEqual(
    allowed(OPERATOR).filter((permission) => daemon.includes(permission)),
    [],
  );
});

test("the documents' policy is the daemon's", (t) => {
  t.deepEqual(allowed(PAGE), allowed(DAEMON));
});
