import { readFile, writeFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { startAwsBehindProxy } from '../support/aws-behind-proxy.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type Ended, type Stage, type StageOptions, setStage } from '../support/stage.ts';

const STREAMS = { conversations: { overlap: '30s' }, reconciliation: {}, eventLog: {} };

/**
 * Services of which everything is as it should be; the embedded database cannot switch TTL on, so the proxy
 * says that it is.
 */
async function sound(t: ExecutionContext, options: StageOptions = {}): Promise<Stage & { tables: FaultProxy }> {
  const config = { poller: { name: 'stage', schedule: '*/30 * * * * *' }, streams: STREAMS, ...options.config };
  const stage = await setStage({ world: { historyPerMinute: 0.1 }, ...options, config });
  const tables = await startFaultProxy(stage.dynamoDb);
  t.teardown(async () => {
    await tables.close();
    await stage.close();
  });
  t.is((await stage.run(['setup'])).code, 0);
  const ttl = { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' } };
  tables.whenever('DescribeTimeToLive', { kind: 'change', change: () => ttl });
  const through = { AWS_ENDPOINT_URL_DYNAMODB: tables.url };
  return { ...stage, tables, run: (args, env) => stage.run(args, { ...through, ...env }) };
}

interface CheckReport {
  readonly ok: boolean;
  readonly probes: readonly { id: string; tests: string; outcome: string; found: string; remedy?: string }[];
}
const reportOf = ({ stdout }: Ended) => JSON.parse(stdout) as CheckReport;
const failed = (ended: Ended) => reportOf(ended).probes.filter(({ outcome }) => outcome === 'failed');

test.serial(
  'where everything is as it should be, every probe has its ✓, and nothing has been changed anywhere',
  async (t) => {
    const stage = await sound(t);
    const ended = await stage.run(['check']);
    t.is(ended.code, 0, ended.stdout + ended.stderr);
    // Tests may run as root, of which a warning tells.
    const lines = ended.stdout
      .replace(/^! the user: .*root.*\n {2}→ .*\n/m, '')
      .trimEnd()
      .split('\n');
    t.regex(lines.at(-1) ?? '', /^21 passed, 0 failed, 0 not tested(, warnings: 1)?$/);
    t.true(lines.slice(0, -1).every((line) => line.startsWith('✓ ')));
    for (const tested of [
      /^✓ the configuration: .*config\.json; poller stage$/,
      /^✓ connection to http:\/\/127\.0\.0\.1:\d+\/login: direct, 1 address/,
      /^✓ this host's clock against Genesys's: \d+\.\d s (ahead|behind)/,
      /^✓ the login/,
      /^✓ analytics:conversationDetail:view, for streams\.conversations: granted; about \d+ conversations/,
      /^✓ analytics:conversationDetail:view, for streams\.reconciliation: granted; the data lake is complete until/,
      /^✓ outbound:eventLog:view, for streams\.eventLog: granted/,
      /^✓ routing:wrapupCode:view, for enrich\.wrapUpCodes: granted/,
      /^✓ one of outbound:campaign:view, .*outbound:whatsAppCampaign:view, for enrich\.campaigns: granted/,
      /^✓ dedup\.ttl against the horizons: 7d/,
      /^✓ genesys\.requestsPerMinute against the schedules: about \d+/,
      /^✓ AWS region and credentials: region us-east-1, credentials found in environment variables$/,
      /^✓ connection to AWS: direct to 127\.0\.0\.1:\d+, direct to 127\.0\.0\.1:\d+$/,
      /^✓ table GenesysPollerState: pk \(S\), sk \(S\); on-demand/,
      /^✓ dynamodb:GetItem and UpdateItem on GenesysPollerState: allowed/,
      /^✓ table GenesysEventDedup: id \(S\); TTL on ttl; on-demand/,
      /^✓ dynamodb:BatchGetItem and BatchWriteItem on GenesysEventDedup: allowed/,
      /^✓ bus genesys-outbound-events: found/,
      /^✓ events:PutEvents on genesys-outbound-events: allowed; .*MalformedDetail/,
    ]) {
      t.true(
        lines.some((line) => tested.test(line)),
        `${tested}\n${ended.stdout}`,
      );
    }
    t.deepEqual([stage.bus.arrived, stage.bus.vanished], [[], []]);
    const rows = (await stage.run(['checkpoint', 'get', '--json'])).stdout;
    t.is(rows, '{}\n');
    t.false(ended.stdout.includes('\u001b'), 'a pipe gets no colours');
  },
);

test.serial('with --json programs get the same, as one object', async (t) => {
  const stage = await sound(t);
  const ended = await stage.run(['check', '--json']);
  t.is(ended.code, 0);
  const { ok, probes } = reportOf(ended);
  t.true(ok);
  // Tests may run as root, of which a warning tells.
  const others = probes.filter(({ id }) => id !== 'user');
  t.true(others.every(({ id, tests, outcome, found }) => id && tests && outcome === 'passed' && found));
  t.is(new Set(probes.map(({ id }) => id)).size, probes.length);
});

for (const permission of ['analytics:conversationDetail:view', 'outbound:eventLog:view', 'routing:wrapupCode:view']) {
  test.serial(`without ${permission} only its probes fail, and name it`, async (t) => {
    const stage = await sound(t, { deny: [permission] });
    const ended = await stage.run(['check', '--json']);
    t.is(ended.code, 1);
    t.true(failed(ended).length > 0);
    for (const { tests, remedy } of failed(ended)) {
      t.true(tests.startsWith(permission));
      t.true(remedy?.includes(permission), remedy);
      t.regex(remedy ?? '', /Or do without: (streams|enrich)\./);
    }
  });
}

test.serial('one of the permissions for campaigns is enough; without any, all of them are named', async (t) => {
  const kinds = ['campaign', 'messagingCampaign', 'emailCampaign', 'whatsAppCampaign'];
  const deny = kinds.map((kind) => `outbound:${kind}:view`);
  const one = await (await sound(t, { deny: deny.slice(1) })).run(['check', '--json']);
  t.is(one.code, 0, one.stdout);
  const none = await (await sound(t, { deny })).run(['check', '--json']);
  t.is(none.code, 1);
  t.is(failed(none).length, 1);
  for (const permission of deny) t.true(failed(none)[0]?.remedy?.includes(permission));
  t.regex(failed(none)[0]?.remedy ?? '', /Or do without: enrich\.campaigns: false/);
});

test.serial('a stream or an enrichment that is not enabled is not tested for', async (t) => {
  const streams = { conversations: {}, reconciliation: { enabled: false }, eventLog: { enabled: false } };
  const enrich = { wrapUpCodes: false, campaigns: false };
  const deny = ['outbound:eventLog:view', 'routing:wrapupCode:view', 'outbound:campaign:view'];
  const stage = await sound(t, { deny, config: { poller: { name: 'stage' }, streams, enrich } });
  const ended = await stage.run(['check', '--json']);
  t.is(ended.code, 0, ended.stdout);
  t.is(reportOf(ended).probes.filter(({ id }) => id.startsWith('genesys.permission')).length, 1);
});

test.serial(
  'a wrong secret is one ✗ with its remedy; what needs the login is not tested; the secret is not printed',
  async (t) => {
    const stage = await sound(t);
    const ended = await stage.run(['check'], { GENESYS_CLIENT_SECRET: 'not-the-right-secret' });
    t.is(ended.code, 1);
    t.regex(ended.stdout, /^✗ the login .*client secret is wrong.*\n {2}→ Check genesys\.clientSecret/m);
    t.regex(ended.stdout, /^– analytics:conversationDetail:view.* not tested, because of the login/m);
    t.notRegex(ended.stdout + ended.stderr, /not-the-right-secret|sandbox-secret|sandbox-client|\n\s+at /);
  },
);

test.serial('an unreachable Genesys is reported for each host, with what to check', async (t) => {
  const stage = await sound(t);
  const config = JSON.parse(await readFile(stage.configFile, 'utf8'));
  const genesys = { loginUrl: 'http://127.0.0.1:9', apiUrl: 'https://api.genesys.invalid' };
  await writeFile(stage.configFile, JSON.stringify({ ...config, genesys }));
  const ended = await stage.run(['check', '--json']);
  t.is(ended.code, 1);
  const [login, api] = failed(ended);
  t.like(login, { id: 'genesys.loginHost' });
  t.regex(login?.found ?? '', /ECONNREFUSED/);
  t.like(api, { id: 'genesys.apiHost' });
  t.regex(api?.found ?? '', /api\.genesys\.invalid/);
  t.true(failed(ended).length === 2, ended.stdout);
});

test.serial('a clock that is off is reported, in seconds', async (t) => {
  const stage = await sound(t);
  const early = new Date(Date.now() - 120_000).toUTCString();
  const on = ({ path }: { path: string }) => !path.startsWith('/oauth') && !path.startsWith('/login');
  stage.simulator.faults.add({ on, answer: { status: 404, headers: { date: early } } });
  const [clock] = failed(await stage.run(['check', '--json']));
  t.like(clock, { id: 'clock' });
  t.regex(clock?.found ?? '', /^1\d\d\.\d s ahead, give or take/);
  t.regex(clock?.remedy ?? '', /NTP/);
});

test.serial('missing tables and a missing bus name setup, and what lies behind them is not tested', async (t) => {
  const stage = await setStage();
  t.teardown(stage.close);
  const ended = await stage.run(['check', '--json']);
  t.is(ended.code, 1);
  t.deepEqual(
    failed(ended).map(({ id }) => id),
    ['table.state', 'table.dedup', 'bus'],
  );
  t.true(failed(ended).every(({ remedy }) => remedy?.includes('genesys-poller setup')));
  t.is(reportOf(ended).probes.filter(({ outcome }) => outcome === 'skipped').length, 4);
});

test.serial('TTL that is off is a ✗ of its own, and the table is tested all the same', async (t) => {
  const stage = await sound(t);
  const off = { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } };
  stage.tables.whenever('DescribeTimeToLive', { kind: 'change', change: () => off });
  const ended = await stage.run(['check', '--json']);
  t.is(ended.code, 1);
  t.deepEqual(
    failed(ended).map(({ id, found }) => [id, found]),
    [['table.dedup', 'id (S); TTL is off; on-demand; account 000000000000']],
  );
});

test.serial('each action that AWS denies is named', async (t) => {
  const stage = await sound(t);
  const denied = { kind: 'error', status: 400, type: 'AccessDeniedException', message: 'no' } as const;
  for (const operation of ['UpdateItem', 'BatchWriteItem']) stage.tables.whenever(operation, denied);
  stage.bus.faults.denied.add('PutEvents');
  const ended = await stage.run(['check', '--json']);
  t.deepEqual(
    failed(ended).map(({ id, remedy }) => [id, remedy]),
    [
      ['table.state.access', 'Allow dynamodb:UpdateItem on the ARN of table GenesysPollerState'],
      ['table.dedup.access', 'Allow dynamodb:BatchWriteItem on the ARN of table GenesysEventDedup'],
      ['bus.putEvents', 'Allow events:PutEvents on the ARN of bus genesys-outbound-events'],
    ],
  );
});

test.serial('a denied look at the tables, which the poller does not need, is no failure', async (t) => {
  const stage = await sound(t);
  stage.tables.whenever('DescribeTable', { kind: 'error', status: 400, type: 'AccessDeniedException' });
  const ended = await stage.run(['check']);
  t.is(ended.code, 0, ended.stdout);
  t.regex(ended.stdout, /^– table GenesysPollerState: not allowed to look \(dynamodb:DescribeTable/m);
  t.regex(ended.stdout, /^✓ dynamodb:GetItem and UpdateItem/m);
  t.regex(ended.stdout, /19 passed, 0 failed, 2 not tested/);
});

test.serial(
  'a denied look at the bus is no failure where it is of another account; where the poller needs it, the action is named',
  async (t) => {
    const stage = await sound(t);
    stage.bus.faults.denied.add('DescribeEventBus');
    const config = JSON.parse(await readFile(stage.configFile, 'utf8'));
    const check = async (bus: string) => {
      await writeFile(stage.configFile, JSON.stringify({ ...config, eventBridge: { bus } }));
      return stage.run(['check', '--json']);
    };
    const arn = (account: string) => `arn:aws:events:us-east-1:${account}:event-bus/genesys-outbound-events`;
    for (const bus of ['genesys-outbound-events', arn('000000000000')]) {
      const ended = await check(bus);
      t.is(ended.code, 1);
      t.deepEqual(
        failed(ended).map(({ id, remedy }) => [id, remedy]),
        [['bus', `Allow events:DescribeEventBus on the ARN of bus ${bus}`]],
      );
    }
    const elsewhere = await check(arn('999999999999'));
    t.is(elsewhere.code, 0, elsewhere.stdout);
    const [look, put] = reportOf(elsewhere).probes.filter(({ id }) => id.startsWith('bus'));
    t.like(look, { outcome: 'skipped' });
    t.like(put, { outcome: 'passed' });
  },
);

test.serial('what fails for another reason than a permission is reported as it is', async (t) => {
  const stage = await sound(t);
  const on = ({ path }: { path: string }) => path.includes('details/query');
  stage.simulator.faults.add({ on, answer: { status: 400, body: '{"code":"bad.request","message":"No."}' } });
  stage.tables.whenever('DescribeTable', { kind: 'error', status: 400, type: 'ValidationException', message: 'Odd' });
  const ended = await stage.run(['check', '--json']);
  const [query, state, dedup, ...others] = failed(ended);
  t.like(query, { id: 'genesys.permission.streams.conversations' });
  t.regex(query?.found ?? '', /HTTP 400 bad\.request: No/);
  t.regex(state?.found ?? '', /ValidationException: Odd/);
  t.is(dedup?.id, 'table.dedup');
  t.deepEqual(others, []);
});

test.serial('an entry that EventBridge refuses for another reason, or even takes, is a ✗', async (t) => {
  const stage = await sound(t);
  const buses = await startFaultProxy(stage.bus.url);
  t.teardown(() => buses.close());
  const env = { AWS_ENDPOINT_URL_EVENTBRIDGE: buses.url };
  const answers = (entry: object) => ({ kind: 'change', change: () => ({ Entries: [entry] }) }) as const;
  buses.whenever('PutEvents', answers({ ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'no' }));
  const [refused] = failed(await stage.run(['check', '--json'], env));
  t.like(refused, { id: 'bus.putEvents', found: 'NotAuthorizedForSourceException: no' });
  t.regex(refused?.remedy ?? '', /eventBridge\.source/);
  buses.whenever('PutEvents', answers({ ErrorCode: 'InternalFailure', ErrorMessage: 'later' }));
  t.regex(failed(await stage.run(['check', '--json'], env))[0]?.remedy ?? '', /Try again/);
  buses.whenever('PutEvents', answers({ EventId: 'taken' }));
  t.regex(failed(await stage.run(['check', '--json'], env))[0]?.remedy ?? '', /not EventBridge/);
});

test.serial('missing AWS credentials are reported once, and nothing of AWS is tested', async (t) => {
  const stage = await sound(t);
  const none = {
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: '/nowhere',
  };
  const ended = await stage.run(['check', '--json'], none);
  t.deepEqual(
    failed(ended).map(({ id }) => id),
    ['aws.credentials'],
  );
  t.is(reportOf(ended).probes.filter(({ outcome }) => outcome === 'skipped').length, 8);
});

test.serial('a schedule that asks more than the budget allows is a ✗ with the figures', async (t) => {
  const stage = await sound(t, { config: { poller: { name: 'stage', schedule: '* * * * * *' } } });
  const config = JSON.parse(await readFile(stage.configFile, 'utf8'));
  config.genesys.requestsPerMinute = 30;
  await writeFile(stage.configFile, JSON.stringify(config));
  const ended = await stage.run(['check', '--json']);
  t.like(failed(ended)[0], { id: 'genesys.budget' });
  t.regex(failed(ended)[0]?.found ?? '', /^about 300 requests a minute of 30/);
});

test.serial('an invalid configuration is the first ✗ and the last line, and exit code 78', async (t) => {
  const stage = await sound(t);
  await writeFile(stage.configFile, JSON.stringify({ poller: { intervall: '30s' } }));
  const ended = await stage.run(['check']);
  t.is(ended.code, 78);
  t.regex(ended.stdout, /^✗ the configuration: .*poller\.intervall is not a known key/);
  const json = await stage.run(['check', '--json']);
  t.is(json.code, 78);
  t.like(reportOf(json), { ok: false });
});

test.serial('Ctrl-C ends it with exit code 1 and without a trace', async (t) => {
  const stage = await sound(t);
  stage.simulator.faults.add({ on: ({ path }) => path.endsWith('/login'), trouble: { kind: 'hang' } });
  const running = stage.start(['check']);
  await new Promise((resolve) => running.process.stdout?.once('data', resolve));
  running.process.kill('SIGINT');
  const ended = await running.ended;
  t.is(ended.code, 1);
  t.is(ended.stderr, '');
});

test('offline, the configuration alone is judged, and nothing is asked', async (t) => {
  const stage = await sound(t);
  const nowhere = {
    AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_EVENTBRIDGE: 'http://127.0.0.1:9',
  };
  const valid = await stage.run(['check', '--offline'], nowhere);
  t.is(valid.code, 0, valid.stdout);
  t.regex(valid.stdout, /^✓ the configuration: .*\n1 passed, 0 failed, 0 not tested\n$/);
  await writeFile(stage.configFile, '{"poller": {"intervall": "1s"}}');
  t.is((await stage.run(['check', '--offline'], nowhere)).code, 78);
});

test.serial(
  'behind a proxy each host of AWS is named with its way and without the password, and all can be used',
  async (t) => {
    const conversations = { startFrom: '7h', settle: '1s', overlap: '30s' };
    const streams = { conversations, reconciliation: { enabled: false }, eventLog: { enabled: false } };
    const stage = await sound(t, { config: { poller: { name: 'stage' }, streams } });
    const { env, proxy, password, tunnels } = await startAwsBehindProxy(t, {
      dynamoDb: stage.tables.url,
      eventBridge: stage.bus.url,
    });
    const nowhere = {
      AWS_ENDPOINT_URL_DYNAMODB: '',
      AWS_ENDPOINT_URL_EVENTBRIDGE: '',
      AWS_ENDPOINT_URL_EVENTBRIDGEV2: '',
    };
    const ended = await stage.run(['check'], { ...nowhere, ...env });
    t.is(ended.code, 0, ended.stdout);
    const ways = ['dynamodb', 'events'].map((name) => `through the proxy ${proxy} to ${name}.eu-west-1.amazonaws.com`);
    t.true(ended.stdout.includes(`✓ connection to AWS: ${ways.join(', ')}\n`), ended.stdout);
    t.true(tunnels.includes('events.eu-west-1.amazonaws.com:443'));
    for (const form of [password, encodeURIComponent(password)]) t.false(ended.stdout.includes(form));

    const polled = await stage.run(['once'], { ...nowhere, ...env });
    t.is(polled.code, 0, polled.stdout);
    t.true(stage.bus.arrived.length > 0);
  },
);

test.serial(
  'a bus of another region is a ✗ before it is asked, one of another account is named, and so is a mistyped region',
  async (t) => {
    const stage = await sound(t);
    const config = JSON.parse(await readFile(stage.configFile, 'utf8'));
    const bus = (arn: string) => writeFile(stage.configFile, JSON.stringify({ ...config, eventBridge: { bus: arn } }));
    await bus('arn:aws:events:us-west-2:000000000000:event-bus/genesys-outbound-events');
    const [region] = failed(await stage.run(['check', '--json']));
    t.like(region, { id: 'bus', found: 'its ARN names the region us-west-2, and this host uses us-east-1' });
    t.regex(region?.remedy ?? '', /^Set AWS_REGION=us-west-2/);
    await bus('arn:aws:events:us-east-1:999999999999:event-bus/genesys-outbound-events');
    const probes = reportOf(await stage.run(['check', '--json'])).probes;
    t.regex(
      probes.find(({ id }) => id === 'bus')?.found ?? '',
      /; in the account 999999999999; the tables are in 000000000000$/,
    );
    await bus('genesys-outbound-events');
    const typo = reportOf(await stage.run(['check', '--json'], { AWS_REGION: 'us-esat-1' })).probes;
    t.regex(
      typo.find(({ id }) => id === 'aws.credentials')?.found ?? '',
      /us-esat-1 \(no known region: a typo\? .*us-east-1/,
    );
  },
);
