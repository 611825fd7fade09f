import test from 'ava';
import { load, problemsOf, withKey, withKeys } from '../support/config-file.ts';

function urls(keys: Readonly<Record<string, unknown>>): readonly [string, string] {
  const { genesys } = load(withKeys(keys));
  return [genesys.loginUrl, genesys.apiUrl];
}

const DOMAINS = {
  'us-east-1': 'mypurecloud.com',
  'us-east-2': 'use2.us-gov-pure.cloud',
  'us-west-2': 'usw2.pure.cloud',
  'ca-central-1': 'cac1.pure.cloud',
  'mx-central-1': 'mxc1.pure.cloud',
  'sa-east-1': 'sae1.pure.cloud',
  'eu-west-1': 'mypurecloud.ie',
  'eu-west-2': 'euw2.pure.cloud',
  'eu-central-1': 'mypurecloud.de',
  'eu-central-2': 'euc2.pure.cloud',
  'eusc-de-east-1': 'edee1.eusc-pure.cloud',
  'me-central-1': 'mec1.pure.cloud',
  'ap-south-1': 'aps1.pure.cloud',
  'ap-southeast-1': 'apse1.pure.cloud',
  'ap-southeast-2': 'mypurecloud.com.au',
  'ap-northeast-1': 'mypurecloud.jp',
  'ap-northeast-2': 'apne2.pure.cloud',
  'ap-northeast-3': 'apne3.pure.cloud',
};
for (const [region, domain] of Object.entries(DOMAINS)) {
  test(`${region} is at ${domain}`, (t) => {
    t.deepEqual(urls({ 'genesys.region': region }), [`https://login.${domain}`, `https://api.${domain}`]);
  });
}

test('a domain is taken as it is, so that a new region works without a new version', (t) => {
  t.deepEqual(urls({ 'genesys.region': 'AFS1.pure.cloud' }), [
    'https://login.afs1.pure.cloud',
    'https://api.afs1.pure.cloud',
  ]);
});

test('the message on an unknown region lists the known ones', (t) => {
  const [problem, ...others] = problemsOf(withKey('genesys.region', 'us-east-9'));
  t.is(
    problem,
    `genesys.region: must be one of ${Object.keys(DOMAINS).join(', ')}, or a domain such as mypurecloud.com: did you mean us-east-1? value was "us-east-9"`,
  );
  t.deepEqual(others, []);
});

test('the message on the name of a host names its domain', (t) => {
  t.deepEqual(problemsOf(withKey('genesys.region', 'api.mypurecloud.de')), [
    'genesys.region: must be the domain alone, mypurecloud.de, without login., api. or apps.: value was "api.mypurecloud.de"',
  ]);
});

for (const region of [
  'https://mypurecloud.com',
  'mypurecloud.com/',
  'mypurecloud',
  'my pure.cloud',
  '.com',
  7,
  true,
  ['us-east-1'],
  '__proto__',
  '1.2.3.4',
]) {
  test(`${JSON.stringify(region)} is no region`, (t) => {
    t.regex(
      problemsOf(withKey('genesys.region', region)).join('|'),
      /^genesys\.region: must be one of us-east-1, [^|]+$/,
    );
  });
}

test('both URLs make the region unnecessary, and lose their trailing slash', (t) => {
  t.deepEqual(
    urls({
      'genesys.region': null,
      'genesys.loginUrl': 'https://gateway.example.com/login//',
      'genesys.apiUrl': 'http://127.0.0.1:8080/',
    }),
    ['https://gateway.example.com/login', 'http://127.0.0.1:8080'],
  );
});

test('one URL overrides the region, which gives the other', (t) => {
  t.deepEqual(urls({ 'genesys.apiUrl': 'https://proxy.example.com' }), [
    'https://login.mypurecloud.com',
    'https://proxy.example.com',
  ]);
});

test('one URL without a region is not enough', (t) => {
  t.deepEqual(problemsOf(withKeys({ 'genesys.region': null, 'genesys.apiUrl': 'https://api.example.com' })), [
    'genesys.region is required, unless genesys.loginUrl and genesys.apiUrl are both set',
  ]);
});

for (const url of ['http://localhost:1', 'http://127.0.0.1', 'http://[::1]:8080']) {
  test(`${url} may be plain http: it does not leave the machine`, (t) => {
    t.notThrows(() => urls({ 'genesys.loginUrl': url }));
  });
}

const PLAIN = 'must begin with https://: plain http would send the client secret in clear (allowed for localhost only)';
const NO_URL = 'must be a URL that begins with https://';
const BAD_URLS: readonly (readonly [unknown, string])[] = [
  ['http://login.mypurecloud.com', PLAIN],
  ['http://127.0.0.1.example.com', PLAIN],
  ['http://localhost.example.com', PLAIN],
  ['ftp://login.mypurecloud.com', NO_URL],
  ['login.mypurecloud.com', NO_URL],
  ['https://', NO_URL],
  ['https://a b', NO_URL],
  [' https://a.example.com', NO_URL],
  [443, NO_URL],
  [['https://a.example.com'], NO_URL],
  ['https://user:hunter2@login.mypurecloud.com', 'must not contain a user name or password'],
  ['https://hunter2@login.mypurecloud.com', 'must not contain a user name or password'],
  ['https://login.mypurecloud.com\\@evil.example.com', 'must not contain a backslash'],
  ['https:\\\\evil.example.com', 'must not contain a backslash'],
  ['https://@login.mypurecloud.com', 'must write its host as it is used: login.mypurecloud.com'],
  ['https://login.mypurecloud%2ecom', 'must write its host as it is used: login.mypurecloud.com'],
  ['https:login.mypurecloud.com', 'must write its host as it is used: login.mypurecloud.com'],
  ['https:///login.mypurecloud.com', 'must write its host as it is used: login.mypurecloud.com'],
  ['https://mypurecl\u043eud.com', 'must write its host as it is used: xn--mypureclud-lvi.com'],
  ['http://127.1', 'must write its host as it is used: 127.0.0.1'],
  ['https://2130706433/', 'must write its host as it is used: 127.0.0.1'],
  ['https://login.mypurecloud.com?a=b', 'must not contain a query or fragment'],
  ['https://login.mypurecloud.com/?a=b', 'must not contain a query or fragment'],
  ['https://login.mypurecloud.com/#', 'must not contain a query or fragment'],
  ['https://login.mypurecloud.com/oauth/token', 'must be the base URL alone, without /api/v2 or /oauth'],
  ['https://api.mypurecloud.com/api/v2', 'must be the base URL alone, without /api/v2 or /oauth'],
];
for (const [url, expected] of BAD_URLS) {
  test(`${JSON.stringify(url)} is no base URL, and is not repeated in the message`, (t) => {
    t.deepEqual(problemsOf(withKey('genesys.loginUrl', url)), [`genesys.loginUrl: ${expected}`]);
  });
}
