import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { ExecutionContext } from 'ava';
import { selfSigned } from '../genesys/support/self-signed.ts';

/** AWS under its own names, which nothing but a proxy with a password leads to. */
export interface AwsBehindProxy {
  /** What a process needs to reach it. */
  readonly env: Readonly<Record<string, string>>;
  readonly password: string;
  /** HOST:PORT of the proxy. */
  readonly proxy: string;
  /** The target of every tunnel that was opened, such as `sts.eu-west-1.amazonaws.com:443`. */
  readonly tunnels: readonly string[];
}

const REGION = 'eu-west-1';
const PASSWORD = 'pr0xy/p@ssword';
/**
 * Credentials that tell their account lead the SDK to a host of DynamoDB's that bears the account's number.
 */
const NAMES = ['dynamodb', '123456789012.ddb', 'events', 'eventsv2', 'sts', 'portal.sso'];
const HOSTS = NAMES.map((name) => `${name}.${REGION}.amazonaws.com`);

/**
 * The endpoints of DynamoDB and EventBridge are plain local ones; STS and SSO give credentials to every
 * caller.
 */
export async function startAwsBehindProxy(
  t: ExecutionContext,
  endpoints: { readonly dynamoDb: string; readonly eventBridge: string },
): Promise<AwsBehindProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-proxy-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const certificates = new Map(HOSTS.map((host) => [host, selfSigned(host)]));
  const authorities = join(folder, 'ca.pem');
  writeFileSync(authorities, [...certificates.values()].map(({ cert }) => cert).join(''));
  const aws = createTlsServer(
    { SNICallback: (name, done) => done(null, createSecureContext(certificates.get(name) ?? {})) },
    (request, response) => answer(request, response, endpoints),
  );
  const target = await listen(t, aws);
  const tunnels: string[] = [];
  const authorization = `Basic ${Buffer.from(`poller:${PASSWORD}`).toString('base64')}`;
  const proxy = createServer().on('connect', (request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => undefined);
    if (request.headers['proxy-authorization'] !== authorization) {
      return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
    }
    tunnels.push(String(request.url));
    const onward = connect(target, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  const port = await listen(t, proxy);
  return {
    password: PASSWORD,
    proxy: `127.0.0.1:${port}`,
    tunnels,
    env: {
      AWS_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
      HTTPS_PROXY: `http://poller:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`,
      NODE_EXTRA_CA_CERTS: authorities,
    },
  };
}

async function listen(t: ExecutionContext, server: Server): Promise<number> {
  const open = new Set<Socket>();
  server.on('connection', (socket) => void open.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  endpoints: { readonly dynamoDb: string; readonly eventBridge: string },
): void {
  const host = String(request.headers.host);
  if (/^(sts|portal)\./.test(host)) return void request.resume().on('end', () => grant(response, host));
  const base = /^(dynamodb|\d+\.ddb)\./.test(host) ? endpoints.dynamoDb : endpoints.eventBridge;
  const { method = 'POST', headers, url } = request;
  const onward = httpRequest(`${base}${url}`, { method, headers }, (back) => {
    response.writeHead(back.statusCode ?? 502, back.headers);
    back.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}

const ROLE = {
  accessKeyId: 'ASIAFAKEACCESSKEY',
  secretAccessKey: 'the-secret-of-the-role',
  sessionToken: 'the-token-of-the-role',
  expiration: Date.UTC(2099, 0, 1),
};

/** What STS, the portal of SSO, or the login of SSO (OIDC) answers; `service` begins with its name. */
export function grant(response: ServerResponse, service: string): void {
  if (service.startsWith('portal.')) return void response.end(JSON.stringify({ roleCredentials: ROLE }));
  if (service.startsWith('oidc.')) return void response.end(JSON.stringify({ accessToken: 'new', expiresIn: 3600 }));
  // The same answer to AssumeRole and AssumeRoleWithWebIdentity, by the name of either.
  const credentials =
    `<Credentials><AccessKeyId>${ROLE.accessKeyId}</AccessKeyId><SecretAccessKey>${ROLE.secretAccessKey}` +
    `</SecretAccessKey><SessionToken>${ROLE.sessionToken}</SessionToken>` +
    `<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>` +
    '<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/poller/x</Arn></AssumedRoleUser>';
  const results = ['AssumeRole', 'AssumeRoleWithWebIdentity'].map(
    (name) => `<${name}Result>${credentials}</${name}Result>`,
  );
  response.setHeader('content-type', 'text/xml');
  response.end(`<Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${results.join('')}</Response>`);
}
