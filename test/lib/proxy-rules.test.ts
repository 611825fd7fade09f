import test from 'ava';
import { Failure } from '../../src/domain/failure.ts';
import { describeRoute, proxyRules } from '../../src/lib/proxy.ts';

const API = 'https://api.mypurecloud.com/api/v2/x';

function proxies(noProxy: string, url = API): boolean {
  return proxyRules({ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: noProxy }).applyTo(url);
}

test('without HTTPS_PROXY nothing goes through a proxy', (t) => {
  const rules = proxyRules({ HTTP_PROXY: 'http://proxy:3128', NO_PROXY: '' });
  t.is(rules.proxy, undefined);
  t.false(rules.applyTo(API));
});

test('with it, https does; the lower-case name comes first', (t) => {
  const rules = proxyRules({ https_proxy: 'http://lower:1', HTTPS_PROXY: 'http://upper:1' });
  t.is(rules.proxy?.host, 'lower:1');
  t.true(rules.applyTo(API));
});

test('a proxy may be written without its scheme', (t) => {
  t.is(proxyRules({ HTTPS_PROXY: 'proxy.local:3128' }).proxy?.href, 'http://proxy.local:3128/');
});

test('loopback, the addresses of instance and container credentials, and plain http never go through a proxy', (t) => {
  for (const url of [
    'https://localhost:8443/',
    'https://genesys.localhost/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://[::1]:8443/',
    'https://169.254.169.254/',
    'https://169.254.170.23/v1/credentials',
    'https://[fd00:ec2::254]/',
    'https://[fd00:ec2:0:0::23]/',
    'http://api.mypurecloud.com/',
  ]) {
    t.false(proxies('', url), url);
  }
});

test('any other address of a private network does', (t) => {
  for (const url of ['https://169.253.169.254/', 'https://[fd00:ec2::253]/', 'https://10.0.0.1/']) {
    t.true(proxies('', url), url);
  }
});

test('a way names the proxy without its password, and what to check', (t) => {
  const rules = proxyRules({ HTTPS_PROXY: 'http://user:hunter22@Proxy.local', NO_PROXY: '.vpce.example' });
  const way = (url: string) => rules.routeTo(url);
  t.deepEqual(way(API), {
    proxy: 'proxy.local:80',
    advice: 'that the proxy proxy.local:80 runs and allows api.mypurecloud.com, or name that host in NO_PROXY',
  });
  t.is(proxyRules({ HTTPS_PROXY: 'https://[fd00::5]' }).routeTo(API).proxy, '[fd00::5]:443');
  t.is(describeRoute(way(API), 'api'), 'through the proxy proxy.local:80 to api');
  t.is(describeRoute(way('https://x.vpce.example'), 'x'), 'direct to x');
  t.regex(way('https://x.vpce.example').advice, /x\.vpce\.example; NO_PROXY keeps it from the proxy proxy\.local:80$/);
  t.is(way('http://127.0.0.1:8000').advice, 'what listens at 127.0.0.1:8000');
  t.regex(proxyRules({}).routeTo(API).advice, /or set HTTPS_PROXY if this network has a proxy$/);
});

test('NO_PROXY excepts names and all below them, however they are written', (t) => {
  for (const list of [
    '*',
    'mypurecloud.com',
    '.mypurecloud.com',
    '*.mypurecloud.com',
    'MyPureCloud.com',
    'api.mypurecloud.com',
    'api.mypurecloud.com:443',
    'other.example, mypurecloud.com',
    'other.example mypurecloud.com',
  ]) {
    t.false(proxies(list), list);
  }
});

test('NO_PROXY excepts nothing else', (t) => {
  for (const list of [
    ' , ,',
    'purecloud.com',
    'mypurecloud.ie',
    'login.mypurecloud.com',
    'api.mypurecloud.com:8443',
    '.',
    'com.',
    '10.0.0.0/8',
    'x/y',
  ]) {
    t.true(proxies(list), list);
  }
});

test('NO_PROXY excepts addresses and networks', (t) => {
  t.false(proxies('10.1.2.3', 'https://10.1.2.3/'));
  t.false(proxies('10.0.0.0/8', 'https://10.1.2.3/'));
  t.false(proxies('fd00::/8', 'https://[fd00::5]/'));
  t.false(proxies('[fd00::5]:443', 'https://[fd00::5]/'));
  t.true(proxies('10.0.0.0/8', 'https://11.1.2.3/'));
  t.true(proxies('10.0.0.0/99', 'https://10.1.2.3/'));
  t.true(proxies('fd00::/8', 'https://10.1.2.3/'));
  t.true(proxies('2.3', 'https://10.1.2.3/'));
});

test('a proxy that is not an http or https URL is a failure of the configuration that does not repeat it', (t) => {
  for (const text of ['socks5://user:hunter22@proxy:1080', 'http://user:hunter22@', 'http://user:hunter22@a b']) {
    const failure = t.throws(() => proxyRules({ HTTPS_PROXY: text }), { instanceOf: Failure });
    t.is(failure?.code, 'config.invalid');
    t.false(failure?.message.includes('hunter22'));
  }
});
