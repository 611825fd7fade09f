import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { startDatabase } from '../../src/sandbox/aws/database.ts';
import { startLocalBus } from '../../src/sandbox/aws/local-bus.ts';
import { grant, startAwsBehindProxy } from '../support/aws-behind-proxy.ts';
import { probe, V2_ARN } from './support/run-probe.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAFAKEACCESSKEY', AWS_SECRET_ACCESS_KEY: 'the-secret/access+key' };
const ALL_DONE = 'bus: accepted\nv2 bus: accepted\ntable: table.missing\n';

async function services(t: ExecutionContext) {
  const bus = await startLocalBus({ buses: ['bus-1'], v2Buses: [V2_ARN] });
  const database = await startDatabase();
  t.teardown(() => Promise.all([bus.close(), database.close()]));
  return startAwsBehindProxy(t, { dynamoDb: database.url, eventBridge: bus.url });
}

/** A home folder with these shared AWS files, and a file with a token of a web identity. */
function home(t: ExecutionContext, config: string): { readonly HOME: string; readonly token: string } {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-aws-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, '.aws/sso/cache'), { recursive: true });
  writeFileSync(join(folder, '.aws/config'), config);
  const cached = createHash('sha1').update('https://sso.example/start').digest('hex');
  const session = { accessToken: 'the-session', expiresAt: '2099-01-01T00:00:00Z' };
  writeFileSync(join(folder, `.aws/sso/cache/${cached}.json`), JSON.stringify(session));
  // A session whose token has ended, and can be renewed.
  const renewable = {
    ...{ accessToken: 'the-old-session', expiresAt: '2020-01-01T00:00:00Z', refreshToken: 'the-refresh-token' },
    ...{ clientId: 'cli', clientSecret: 'of-the-cli', registrationExpiresAt: '2099-01-01T00:00:00Z' },
  };
  const acme = createHash('sha1').update('acme').digest('hex');
  writeFileSync(join(folder, `.aws/sso/cache/${acme}.json`), JSON.stringify(renewable));
  writeFileSync(join(folder, 'token'), 'the-web-identity');
  return { HOME: folder, token: join(folder, 'token') };
}

test('DynamoDB and both kinds of buses are reached through a proxy that wants a password', async (t) => {
  const { env, tunnels, password } = await services(t);
  const { out, err, code } = await probe({ ...env, ...KEYS });
  t.deepEqual([out, err, code], [ALL_DONE, '', 0]);
  t.deepEqual([...new Set(tunnels)].sort(), [
    'dynamodb.eu-west-1.amazonaws.com:443',
    'events.eu-west-1.amazonaws.com:443',
    'eventsv2.eu-west-1.amazonaws.com:443',
  ]);
  t.false(out.includes(password));
});

const ASSUMED = 'role_arn = arn:aws:iam::123456789012:role/poller\nregion = eu-west-1\n';
const BASE = '[profile base]\naws_access_key_id = AKIAFAKEACCESSKEY\naws_secret_access_key = secret\n';
const SSO = 'sso_account_id = 123456789012\nsso_role_name = poller\nsso_region = eu-west-1\nregion = eu-west-1\n';
for (const [source, host, config, given] of [
  ['a role of a profile', 'sts', `[default]\nsource_profile = base\n${ASSUMED}${BASE}`, () => ({})],
  [
    'a role for a web identity, named by the environment',
    'sts',
    '',
    (token: string) => ({
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/poller',
      AWS_WEB_IDENTITY_TOKEN_FILE: token,
    }),
  ],
  ['SSO', 'portal.sso', `[default]\nsso_start_url = https://sso.example/start\n${SSO}`, () => ({})],
] as const) {
  test(`credentials of ${source} are fetched through the proxy`, async (t) => {
    const { env, tunnels } = await services(t);
    const { HOME, token } = home(t, config);
    const { out, err } = await probe({ ...env, HOME, ...given(token) });
    t.is(out, ALL_DONE, err);
    t.true(tunnels.includes(`${host}.eu-west-1.amazonaws.com:443`), tunnels.join());
  });
}

test('a role for a web identity that a profile names is fetched through the proxy', async (t) => {
  const { env, tunnels } = await services(t);
  const { HOME, token } = home(t, '');
  writeFileSync(join(HOME, '.aws/config'), `[default]\nweb_identity_token_file = ${token}\n${ASSUMED}`);
  t.is((await probe({ ...env, HOME })).out, ALL_DONE);
  t.true(tunnels.includes('sts.eu-west-1.amazonaws.com:443'));
});

const SESSION = `[default]\nsso_session = acme\n${SSO}[sso-session acme]\nsso_start_url = https://sso.example/start\nsso_region = eu-west-1\n`;
for (const [variable, host, config] of [
  ['AWS_ENDPOINT_URL_STS', 'sts.', `[default]\nsource_profile = base\n${ASSUMED}${BASE}`],
  ['AWS_ENDPOINT_URL_SSO', 'portal.sso.', `[default]\nsso_start_url = https://sso.example/start\n${SSO}`],
  ['AWS_ENDPOINT_URL_SSO_OIDC', 'oidc.', SESSION],
] as const) {
  test(`${variable} says where credentials are asked for, and NO_PROXY and loopback keep it from the proxy`, async (t) => {
    const { env, tunnels } = await services(t);
    let asked = 0;
    const server = createServer((request, response) => {
      asked++;
      request.resume().on('end', () => grant(response, host));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => server.close());
    const { port } = server.address() as AddressInfo;
    const { HOME } = home(t, config);
    const { out, err } = await probe({ ...env, HOME, [variable]: `http://127.0.0.1:${port}` });
    t.is(out, ALL_DONE, err);
    t.true(asked > 0);
    t.false(tunnels.some((name) => name.startsWith(host)));
  });
}

test('a host that the proxy does not lead to is named with the proxy, and the password is not', async (t) => {
  const { env, proxy, password } = await services(t);
  const wrong = env.HTTPS_PROXY?.replace('poller:', 'nobody:') ?? '';
  const { out } = await probe({ ...env, ...KEYS, HTTPS_PROXY: wrong, PRINT_ERRORS_IN_FULL: 'yes' });
  t.regex(out, /^table: table\.unavailable: .*: cannot connect through the proxy \(HTTP 407\)\. If it lasts/m);
  for (const host of ['dynamodb', 'events', 'eventsv2']) {
    t.true(out.includes(`that the proxy ${proxy} runs and allows ${host}.eu-west-1.amazonaws.com`), out);
  }
  for (const form of [password, encodeURIComponent(password)]) t.false(out.includes(form), out);
});

test('a region that is mistyped is named with the nearest ones; without a proxy, one is suggested', async (t) => {
  const { out } = await probe({ ...KEYS, AWS_REGION: 'eu-wst-1' });
  t.regex(out, /AWS_REGION \(eu-wst-1 is not a known region; the nearest are eu-west-1\)/);
  t.regex(out, /or set HTTPS_PROXY if this network has a proxy$/m);
});
