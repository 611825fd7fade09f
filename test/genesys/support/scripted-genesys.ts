import type { HttpAnswer, HttpRequest, Transport } from '../../../src/genesys/transport.ts';

/** What happens to one request: it is answered so, fails so, or is left to a function. */
export type Scripted =
  | HttpAnswer
  | Error
  | ((request: HttpRequest, signal: AbortSignal, onAnswer?: () => void) => HttpAnswer | Promise<HttpAnswer>);

/** An answer with a JSON body; a string is sent as it is. */
export function answer(status: number, body: unknown = {}, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/** A token, by default good for a day. */
export function granted(token: string, expiresIn: unknown = 86_400): HttpAnswer {
  return answer(200, { access_token: token, token_type: 'bearer', expires_in: expiresIn });
}

/** An error in Genesys's form. */
export function refused(status: number, code: string, message: string, headers?: Readonly<Record<string, string>>) {
  return answer(status, { status, code, message, contextId: `context-of-${code}` }, headers);
}

/** Never answers; ends as soon as the signal aborts. */
export function silence(_request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

export interface ScriptedGenesys {
  readonly transport: Transport;
  /** Requests to the API, in order. */
  readonly requests: HttpRequest[];
  /** Requests to the login, in order. */
  readonly logins: HttpRequest[];
}

/**
 * Genesys by script. The API answers `api` one after the other, the login likewise `login` and after that
 * with token-1, token-2, … An API request past the end of the script is an error of the test.
 */
export function scriptedGenesys(script: {
  readonly api?: readonly Scripted[];
  readonly login?: readonly Scripted[];
}): ScriptedGenesys {
  const requests: HttpRequest[] = [];
  const logins: HttpRequest[] = [];
  return {
    requests,
    logins,
    transport: {
      async send(request, signal, onAnswer) {
        signal.throwIfAborted();
        if (request.url.endsWith('/oauth/token')) {
          logins.push(request);
          return play(
            script.login?.[logins.length - 1] ?? granted(`token-${logins.length}`),
            request,
            signal,
            onAnswer,
          );
        }
        requests.push(request);
        const next = script.api?.[requests.length - 1];
        if (next === undefined) throw new Error(`nothing scripted for API request ${requests.length}`);
        return play(next, request, signal, onAnswer);
      },
    },
  };
}

async function play(next: Scripted, ...sent: Parameters<Transport['send']>): Promise<HttpAnswer> {
  if (next instanceof Error) throw next;
  return typeof next === 'function' ? next(...sent) : next;
}
