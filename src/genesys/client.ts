import type { Failure } from '../domain/failure.ts';
import type { Instant } from '../domain/instant.ts';
import { parseJson } from '../domain/json.ts';
import { ATTEMPTS_IF_DIVISIBLE, backoffDelay, PAUSES, THROTTLED_WAITS } from '../domain/retry-policy.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RequestContext } from '../ports/request-context.ts';
import { Login } from './auth.ts';
import {
  errorInDisguise,
  isTransient,
  notPermitted,
  rejected,
  suggestsTooHeavy,
  throttled,
  tokenRefused,
  tooLarge,
  unavailable,
  unreachable,
  unreadable,
} from './failures.ts';
import { isErrorBody, logFieldsOfProblem, readProblem } from './problem.ts';
import { type BudgetPermit, type Purpose, RequestBudget } from './request-budget.ts';
import { RequestedWaits, retryAfter } from './retry-after.ts';
import { Retryable, withRetries } from './retryable.ts';
import { ServerClock } from './server-clock.ts';
import { type HttpAnswer, type HttpRequest, type Transport, TransportError } from './transport.ts';
import { WaitNotice, WORTH_LOGGING } from './wait-notice.ts';

/** A request to the Platform API. `path` begins with `/api/v2/`. */
export interface GenesysRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Members that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The permission this request needs; of several, any one. The failure names it where it is missing. */
  readonly permission?: string | readonly string[];
  /** Which share of the request budget it spends from; default `events`. */
  readonly purpose?: Purpose;
  /**
   * Whether the caller asks for less where this is too much. A time-out or a 504 then gets two attempts in
   * all.
   */
  readonly isDivisible?: boolean;
  /** Called with the size of the answer, characters. */
  readonly onSize?: (characters: number) => void;
}

export interface GenesysClient {
  /**
   * The parsed JSON of the answer; undefined for an answer without content. Rejects with a Failure
   * (genesys.*) that carries status, Genesys's code and message, and the correlation ID; or with the call's
   * signal's reason.
   */
  request(request: GenesysRequest, context: RequestContext): Promise<unknown>;
  /**
   * Now, as far as Genesys agrees (see TrustedTime). Logs in first, so that one answer has given Genesys's
   * time. Rejects like `request`.
   */
  now(context: RequestContext): Promise<Instant>;
  /** How long recent answers took, milliseconds, without the wait for the budget; 0 before the first. */
  answerTime(): number;
}

export interface GenesysClientOptions {
  /** Base URLs without a trailing slash. */
  readonly loginUrl: string;
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Never more in any 60 seconds, retries included and logins not. */
  readonly requestsPerMinute: number;
  /** Where clients follow one another in a process: the budget that they share. It then sets the limit. */
  readonly budget?: RequestBudget;
  /**
   * The trusted time of the process, if there is one. It takes in the Date of every answer of this client.
   */
  readonly time?: ServerClock;
  readonly clock: Clock;
  readonly log: Log;
  readonly transport: Transport;
}

/** One token and one request budget, shared by everything that goes through this client. */
export function createGenesysClient(given: GenesysClientOptions): GenesysClient {
  const time = given.time ?? new ServerClock(given.clock, given.log);
  const options = { ...given, transport: time.watching(given.transport) };
  const shared: Shared = {
    budget: options.budget ?? new RequestBudget(options.requestsPerMinute, options.clock),
    login: new Login(options),
    notice: new WaitNotice(options),
    answerTime: 0,
  };
  return {
    request(request, context) {
      const exchange = new Exchange(options, shared, request, context);
      return exchange.run();
    },
    answerTime: () => shared.answerTime,
    async now(context) {
      await shared.login.token(context.signal);
      if (time.wantsAnswer) await askTheTime(options, context);
      return time.now();
    },
  };
}

/**
 * Asks the API's host for any answer, for its Date. The request carries no token and counts against no
 * token's limit.
 */
async function askTheTime({ transport, apiUrl }: GenesysClientOptions, { signal }: RequestContext): Promise<void> {
  try {
    await transport.send({ method: 'GET', url: apiUrl, headers: {} }, signal);
  } catch (error) {
    signal.throwIfAborted();
    // Without an answer, the time goes on by the earlier ones.
    if (!(error instanceof TransportError)) throw error;
  }
}

interface Shared {
  readonly budget: RequestBudget;
  readonly login: Login;
  readonly notice: WaitNotice;
  /** A mean in which the latest answer counts for a fifth, milliseconds. */
  answerTime: number;
}

/** One request with all its attempts. */
class Exchange {
  private readonly options: GenesysClientOptions;
  private readonly budget: RequestBudget;
  private readonly login: Login;
  private readonly shared: Shared;
  private readonly request: GenesysRequest;
  private readonly context: RequestContext;
  /** What is being asked, for messages. */
  private readonly asked: string;
  private readonly waits = new RequestedWaits();
  private throttles = 0;
  private timesTooHeavy = 0;
  private reauthenticated = false;

  constructor(options: GenesysClientOptions, shared: Shared, request: GenesysRequest, context: RequestContext) {
    this.options = options;
    this.budget = shared.budget;
    this.login = shared.login;
    this.shared = shared;
    this.request = request;
    this.context = context;
    this.asked = `${request.method} ${request.path}`;
  }

  run(): Promise<unknown> {
    const { clock } = this.options;
    const { signal } = this.context;
    return withRetries(() => this.attempt(), { clock, signal, waits: this.waits, notice: this.shared.notice });
  }

  /** Sends until there is an answer. A 429 and an expired token are none, and use up no attempt. */
  private async attempt(): Promise<unknown> {
    for (;;) {
      // First the permit, then the token, so that the token is good when the request goes. A login in between
      // may take long: the permit is held until the answer.
      const permit = await this.budget.acquire(this.context.signal, this.request.purpose);
      const token = await this.tokenFor(permit);
      const answer = await this.send(token, permit);
      if (answer.status === 429) this.slowDown(answer, token);
      else if (answer.status === 401) await this.reauthenticate(answer, token);
      else return this.read(answer, token);
    }
  }

  private async tokenFor(permit: BudgetPermit): Promise<string> {
    try {
      return await this.login.token(this.context.signal);
    } catch (error) {
      permit.refund();
      throw error;
    }
  }

  private async send(token: string, permit: BudgetPermit): Promise<HttpAnswer> {
    const { clock, transport } = this.options;
    this.context.count('genesysRequests');
    const sentAt = clock.monotonic();
    try {
      const answer = await transport.send(this.onTheWire(token), this.context.signal, () => permit.answered());
      const took = clock.monotonic() - sentAt;
      this.shared.answerTime = this.shared.answerTime === 0 ? took : 0.8 * this.shared.answerTime + 0.2 * took;
      return answer;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      // The same request would get an answer of the same size.
      if (error.code === 'tooLarge') throw tooLarge(error, this.asked);
      throw this.retryable(unreachable(error, this.asked));
    } finally {
      permit.answered();
    }
  }

  private onTheWire(token: string): HttpRequest {
    const { method, path, query = {}, body } = this.request;
    const url = new URL(this.options.apiUrl + path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.append(name, String(value));
    }
    return {
      method,
      url: url.href,
      headers: {
        Authorization: `Bearer ${token}`,
        Accept: 'application/json',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
  }

  /**
   * A 429 concerns the token, so all requests wait until it is over. A 429 for a look-up of names may concern
   * names alone. It delays no event: a request for events gets its own 429 if the token's limit is reached.
   */
  private slowDown(answer: HttpAnswer, token: string): void {
    const { clock, log } = this.options;
    const { purpose } = this.request;
    const problem = this.problemOf(answer, token);
    this.context.count('genesysThrottled');
    this.throttles++;
    const wait = retryAfter(answer, clock.now()) ?? backoffDelay(this.throttles, PAUSES.throttled, clock.random());
    if (this.throttles > THROTTLED_WAITS.request || !this.waits.admit(wait)) throw throttled(problem, this.asked);
    const earlier = this.budget.pause(wait, purpose);
    if (earlier === 0 || wait > earlier + WORTH_LOGGING) {
      const held = purpose === 'names' ? 'look-up of names' : 'request';
      log.warn('genesys.throttled', `Genesys throttles; no ${held} for ${wait / 1_000} s`, {
        waitMs: wait,
        request: this.asked,
        ...logFieldsOfProblem(problem),
      });
    }
  }

  /** Once a request: a second 401 means that a new token does not help. */
  private async reauthenticate(answer: HttpAnswer, token: string): Promise<void> {
    const problem = this.problemOf(answer, token);
    if (this.reauthenticated) throw tokenRefused(problem, this.asked);
    this.reauthenticated = true;
    if (!this.login.invalidate(token)) return;
    await this.login.token(this.context.signal);
    this.options.log.info('genesys.reauthenticated', 'Genesys refused the token before its end; logged in again', {
      request: this.asked,
      ...logFieldsOfProblem(problem),
    });
  }

  private read(answer: HttpAnswer, token: string): unknown {
    const { status } = answer;
    if (status === 204) return undefined;
    if (status >= 200 && status < 300) return this.parse(answer, token);
    const problem = this.problemOf(answer, token);
    if (isTransient(status)) {
      throw this.retryable(unavailable(problem, this.asked), retryAfter(answer, this.options.clock.now()));
    }
    throw status === 403 ? notPermitted(problem, this.asked, this.request.permission) : rejected(problem, this.asked);
  }

  private parse(answer: HttpAnswer, token: string): unknown {
    this.request.onSize?.(answer.body.length);
    const body = parseJson(answer.body);
    if (body === undefined) throw new Retryable(unreadable(this.problemOf(answer, token), this.asked));
    if (isErrorBody(body)) throw new Retryable(errorInDisguise(this.problemOf(answer, token), this.asked));
    return body;
  }

  private retryable(failure: Failure, wait?: number): Error {
    const isTooHeavy = this.request.isDivisible === true && suggestsTooHeavy(failure);
    if (isTooHeavy && ++this.timesTooHeavy >= ATTEMPTS_IF_DIVISIBLE) return failure;
    return new Retryable(failure, wait);
  }

  private problemOf(answer: HttpAnswer, token: string) {
    return readProblem(answer, [token, this.options.clientSecret, this.options.clientId]);
  }
}
