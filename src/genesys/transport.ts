import http from 'node:http';
import https from 'node:https';
import axios, { type AxiosResponse } from 'axios';
import type { Environment } from '../domain/environment.ts';
import { TimeoutError, withTimeLimit } from '../lib/abort.ts';
import { codeOf, ProxyError, proxyRules, TunnelAgent } from '../lib/proxy.ts';
import { systemClock } from '../lib/system-clock.ts';

/** A request as it goes out on the wire. `url` is absolute. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer, whatever its status; header names are in lower case. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The way to Genesys and back. */
export interface Transport {
  /**
   * Resolves to the answer, whatever its status. Rejects with a TransportError without a complete answer, or
   * with the signal's reason as soon as that aborts. Both end the call on the wire. `onAnswer` is called when
   * the answer begins, its body still to come; a transport that cannot tell does not call it.
   */
  send(request: HttpRequest, signal: AbortSignal, onAnswer?: () => void): Promise<HttpAnswer>;
}

/**
 * No answer, or only a part of one. It holds a code and a host only: an error of the HTTP library carries
 * headers and bodies, and with them secrets.
 */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /**
   * Node's code, such as ECONNREFUSED or CERT_HAS_EXPIRED; `deadline` if the whole took too long; `proxy` if
   * there was no way through it; `tooLarge` if the answer was cut off for its size.
   */
  readonly code: string;
  /** What to check on the way to the host, where the code says no more than that there is none. */
  readonly advice: string;

  constructor(code: string, what: string, advice = 'the network path') {
    super(what);
    this.code = code;
    this.advice = advice;
  }
}

const USER_AGENT = 'genesys-eventbridge-poller';
/**
 * The largest answer that is read, bytes after decompression. Parsed JSON takes about four times its text,
 * and the shipped heap has 256 MB: larger answers are asked for in smaller pages.
 */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/**
 * Objects and lists in an answer at most: each takes 56 bytes and more when parsed, however short its text. A
 * page of ordinary conversations at the bound above has a fifth of that.
 */
const MAX_CONTAINERS = 1_500_000;
const OPEN_BRACE = '{'.charCodeAt(0);
const OPEN_BRACKET = '['.charCodeAt(0);

/**
 * The real transport: HTTP with connections kept alive and compressed bodies. `requestTimeout` (milliseconds)
 * is for the whole of a call, name resolution, connection and the last byte of the body included. HTTPS_PROXY
 * and NO_PROXY are obeyed as `env` has them now; a proxy that cannot be used throws a Failure.
 */
export function axiosTransport({
  requestTimeout,
  env = process.env,
}: {
  readonly requestTimeout: number;
  readonly env?: Environment;
}): Transport {
  const rules = proxyRules(env);
  const direct = { httpAgent: new http.Agent({ keepAlive: true }), httpsAgent: new https.Agent({ keepAlive: true }) };
  const proxied = rules.proxy && { ...direct, httpsAgent: new TunnelAgent(rules.proxy, { keepAlive: true }) };

  return {
    async send(request, signal, onAnswer) {
      const { host } = new URL(request.url);
      const { advice } = rules.routeTo(request.url);
      const call = (ends: AbortSignal): Promise<AxiosResponse<string>> =>
        axios.request({
          method: request.method,
          url: request.url,
          headers: { 'User-Agent': USER_AGENT, ...request.headers },
          ...(request.body !== undefined && { data: request.body }),
          ...(proxied && rules.applyTo(request.url) ? proxied : direct),
          // The agents above handle the proxy. axios would open a new tunnel for every request.
          proxy: false,
          // No redirect is expected, and none may carry the token elsewhere.
          maxRedirects: 0,
          // axios counts after decompression and ends the connection: a small body of gzip may hold
          // gigabytes.
          maxContentLength: MAX_ANSWER_BYTES,
          responseType: 'text',
          transformRequest: (data: unknown) => data,
          transformResponse: (data: unknown) => data,
          validateStatus: () => true,
          transport: notifying(onAnswer),
          signal: ends,
        });
      try {
        const response = await withTimeLimit(call, { clock: systemClock, limit: requestTimeout, signal });
        if (isTooDense(response.data))
          throw new TransportError('tooLarge', `it holds more than ${MAX_CONTAINERS} objects`);
        return answerOf(response);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof TransportError) throw error;
        if (error instanceof TimeoutError) {
          const late = `no complete answer from ${host} within ${requestTimeout / 1_000} s`;
          throw new TransportError('deadline', late, advice);
        }
        throw transportError(error, host, advice);
      }
    },
  };
}

/**
 * Node's own request function, which axios uses where no redirect is followed. It reports when the answer
 * begins.
 */
function notifying(onAnswer: () => void = () => undefined) {
  return {
    request(options: https.RequestOptions, onResponse: (response: http.IncomingMessage) => void): http.ClientRequest {
      const { request } = options.protocol === 'https:' ? https : http;
      return request(options, (response) => {
        onAnswer();
        onResponse(response);
      });
    },
  };
}

/** Whether JSON of this text would take more memory than its length suggests; a short text never does. */
function isTooDense(text: string): boolean {
  if (text.length < 2 * MAX_CONTAINERS) return false;
  let containers = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if ((code === OPEN_BRACE || code === OPEN_BRACKET) && ++containers > MAX_CONTAINERS) return true;
  }
  return false;
}

function answerOf(response: AxiosResponse<string>): HttpAnswer {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined && value !== null) headers[name.toLowerCase()] = String(value);
  }
  return { status: response.status, headers, body: response.data };
}

function transportError(error: unknown, host: string, advice: string): TransportError {
  // axios wraps what the agent threw.
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof ProxyError) {
    const part = /^(ENOTFOUND|EAI_AGAIN)$/.test(cause.reason) ? 'name of the proxy' : 'credentials';
    const why = `the proxy does not connect to ${host} (${cause.reason})`;
    return new TransportError('proxy', why, `the ${part} in HTTPS_PROXY, and ${advice}`);
  }
  const code = codeOf(error) ?? 'unknown';
  // axios has no code of its own for this.
  if (error instanceof Error && error.message.startsWith('maxContentLength')) {
    return new TransportError('tooLarge', `it has more than ${MAX_ANSWER_BYTES / 1_048_576} MB`);
  }
  // ERR_BAD_RESPONSE is axios's name for a body that broke off.
  const plain = code === 'ERR_BAD_RESPONSE' ? 'ECONNRESET' : code;
  return new TransportError(plain, `no complete answer from ${host} (${plain})`, advice);
}
