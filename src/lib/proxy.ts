import type { ClientRequest } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';
import type { Environment } from '../domain/environment.ts';
import { Failure } from '../domain/failure.ts';

/** How requests to a host leave this machine. */
export interface Route {
  /** The proxy as HOST:PORT; undefined for a direct connection. */
  readonly proxy: string | undefined;
  /** What to check if the host cannot be reached by this route: the end of a sentence after `check`. */
  readonly advice: string;
}

/** Which requests go through a proxy. */
export interface ProxyRules {
  /** Undefined where none is configured. */
  readonly proxy: URL | undefined;
  applyTo(url: string): boolean;
  routeTo(url: string): Route;
}

/**
 * Reads HTTPS_PROXY and NO_PROXY (lower case first, as curl does). NO_PROXY is a list, separated by commas or
 * blanks, of `*`, names that stand for themselves and all below them, addresses and networks (`10.0.0.0/8`),
 * each with a port if wanted. Plain http, loopback and the link-local addresses at which AWS serves
 * credentials never take the proxy: they do not leave this machine.
 *
 * Throws a Failure (config.invalid) for a proxy that is not an http or https URL; its value is not repeated,
 * it may hold a password.
 */
export function proxyRules(env: Environment): ProxyRules {
  const proxy = proxyUrl(env.https_proxy || env.HTTPS_PROXY);
  const exceptions = (env.no_proxy || env.NO_PROXY || '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  const staysHere = ({ protocol, hostname }: URL) => protocol !== 'https:' || isOnThisMachine(hostOf(hostname));
  const isExcepted = ({ hostname, port }: URL) =>
    exceptions.some((exception) => excepts(exception, hostOf(hostname), port || '443'));
  return {
    proxy,
    applyTo(text) {
      const url = new URL(text);
      return proxy !== undefined && !staysHere(url) && !isExcepted(url);
    },
    routeTo(text) {
      const url = new URL(text);
      const path = `the network path and the firewall to ${url.host}`;
      if (staysHere(url)) return { proxy: undefined, advice: `what listens at ${url.host}` };
      if (!proxy) return { proxy: undefined, advice: `${path}, or set HTTPS_PROXY if this network has a proxy` };
      const address = `${proxy.hostname}:${proxy.port || (proxy.protocol === 'https:' ? '443' : '80')}`;
      if (isExcepted(url)) return { proxy: undefined, advice: `${path}; NO_PROXY keeps it from the proxy ${address}` };
      const advice = `that the proxy ${address} runs and allows ${url.host}, or name that host in NO_PROXY`;
      return { proxy: address, advice };
    },
  };
}

/**
 * A route in words, which ends with the host's name: `direct to HOST`. The proxy's password is not part of it.
 */
export function describeRoute({ proxy }: Route, host: string): string {
  return proxy === undefined ? `direct to ${host}` : `through the proxy ${proxy} to ${host}`;
}

function hostOf(hostname: string): string {
  return bare(hostname.toLowerCase());
}

function proxyUrl(text: string | undefined): URL | undefined {
  if (!text) return undefined;
  const written = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new Failure({
    code: 'config.invalid',
    what: 'HTTPS_PROXY cannot be used',
    why: 'it is not the URL of an http or https proxy',
    remedy: 'Write it as http://host:port, or unset it',
  });
}

function excepts(exception: string, host: string, port: string): boolean {
  if (exception === '*') return true;
  const [, name = exception, itsPort] = /^(\[.*\]|[^:]*):(\d+)$/.exec(exception) ?? [];
  if (itsPort !== undefined && itsPort !== port) return false;
  const [network = '', bits] = name.split('/');
  if (bits !== undefined) return isWithin(host, bare(network), Number(bits));
  const domain = bare(name.replace(/^\*?\./, ''));
  return host === domain || (!isIP(host) && domain !== '' && host.endsWith(`.${domain}`));
}

function isWithin(host: string, network: string, bits: number): boolean {
  const version = isIP(network);
  if (version === 0 || isIP(host) !== version || !(bits <= (version === 4 ? 32 : 128))) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return list.check(host, family);
}

/**
 * Loopback, and where AWS serves credentials to an instance or a container: 169.254.169.254, 169.254.170.2,
 * 169.254.170.23, fd00:ec2::254 and fd00:ec2::23 (AWS SDKs and Tools Reference Guide, "IMDS" and "Container
 * credential provider").
 */
function isOnThisMachine(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  const version = isIP(host);
  return version !== 0 && LOCAL.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

const LOCAL = new BlockList();
LOCAL.addSubnet('127.0.0.0', 8, 'ipv4');
LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LOCAL.addAddress('::1', 'ipv6');
LOCAL.addAddress('fd00:ec2::254', 'ipv6');
LOCAL.addAddress('fd00:ec2::23', 'ipv6');

/** An IPv6 address without its brackets. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

/**
 * No connection through the proxy. `reason` is a code, and never more: a proxy's URL may hold a password.
 */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly reason: string;

  constructor(reason: string) {
    super(`cannot connect through the proxy (${reason})`);
    this.reason = reason;
  }
}

/**
 * A tunnel through a proxy, kept alive like a direct connection. Its base class passes a proxy's refusal on
 * as if the far end had answered it (its 403 would be taken for a missing permission), reports a proxy that
 * is down as if the far end were, and leaves the connection to a silent proxy open after the request has been
 * given up.
 */
export class TunnelAgent extends HttpsProxyAgent<string> {
  override async connect(
    request: ClientRequest,
    options: Parameters<HttpsProxyAgent<string>['connect']>[1],
  ): Promise<Socket> {
    let status = 0;
    request.once('proxyConnect', (answer: { statusCode: number }) => {
      status = answer.statusCode;
    });
    const givenUp = onGivingUp(request);
    try {
      // The base class reads connectOpts before its first await, so each connection gets a signal of its own.
      this.connectOpts = { ...this.connectOpts, signal: givenUp.signal };
      const socket = await super.connect(request, options);
      if (status === 200) return socket;
      socket.destroy();
      throw new ProxyError(`HTTP ${status}`);
    } catch (error) {
      throw error instanceof ProxyError ? error : new ProxyError(codeOf(error) ?? 'it hung up');
    } finally {
      givenUp.release();
    }
  }
}

/**
 * A request without a socket emits nothing when it is given up: that `destroy` is called on it is the only
 * sign.
 */
function onGivingUp(request: ClientRequest): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const { destroy } = request;
  request.destroy = (error) => {
    controller.abort();
    return destroy.call(request, error);
  };
  return {
    signal: controller.signal,
    release() {
      request.destroy = destroy;
    },
  };
}

/** The code of one of Node's errors, such as ECONNREFUSED. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
