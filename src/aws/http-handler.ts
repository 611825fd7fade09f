import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { type ProxyRules, type Route, TunnelAgent } from '../lib/proxy.ts';

/**
 * Sockets are opened as they are needed: a high ceiling costs nothing, a low one makes calls wait for one
 * another.
 */
const AGENT = { keepAlive: true, maxSockets: 128 } as const;

type Handle = NodeHttpHandler['handle'];

/** The hosts that were asked, each with its route: `dynamodb.eu-west-1.amazonaws.com`. */
export type HostsAsked = Map<string, Route>;

/**
 * Sends a request directly or through the proxy, as the rules say of its host. The SDK by itself ignores
 * HTTPS_PROXY. An error of a request that had no answer carries the host that was asked and the route to it.
 */
export class RoutedHandler extends NodeHttpHandler {
  private readonly rules: ProxyRules;
  private readonly hosts: HostsAsked;
  private readonly tunnels: NodeHttpHandler | undefined;

  constructor(options: NodeHttpHandlerOptions, rules: ProxyRules, hosts: HostsAsked) {
    super({ ...options, httpAgent: AGENT, httpsAgent: AGENT });
    this.rules = rules;
    this.hosts = hosts;
    const { proxy } = rules;
    this.tunnels = proxy && new NodeHttpHandler({ ...options, httpsAgent: new TunnelAgent(proxy, AGENT) });
  }

  override async handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const { protocol, hostname, port } = request;
    if (!/^https?:$/.test(protocol)) throw new SchemeMissing();
    const host = port === undefined ? hostname : `${hostname}:${port}`;
    const route = this.rules.routeTo(`${protocol}//${host}`);
    this.hosts.set(host, route);
    try {
      const isTunnelled = route.proxy !== undefined && this.tunnels;
      return await (isTunnelled ? this.tunnels.handle(request, options) : super.handle(request, options));
    } catch (error) {
      throw Object.assign(error as Error, { asked: { host: hostname, route } satisfies Asked });
    }
  }

  override destroy(): void {
    super.destroy();
    this.tunnels?.destroy();
  }
}

/**
 * The URL of an endpoint without https:// in front: `localhost:8000` parses as a URL of the scheme localhost.
 * The code is the one that Node's own client has for a scheme that it does not know.
 */
class SchemeMissing extends Error {
  readonly code = 'ERR_INVALID_PROTOCOL';
}

/** Which host gave no answer, and how it was asked. */
export interface Asked {
  readonly host: string;
  readonly route: Route;
}

/** Undefined for an error that is an answer, or came before the request. */
export function askedOf(error: unknown): Asked | undefined {
  return error instanceof Error && 'asked' in error ? (error.asked as Asked) : undefined;
}
