import { Failure } from '../domain/failure.ts';
import { fieldsOf, parseJson, textOf } from '../domain/json.ts';
import { backoffDelay, PAUSES, THROTTLED_WAITS } from '../domain/retry-policy.ts';
import { abortable } from '../lib/abort.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import {
  LOGIN as ASKED,
  isTransient,
  rejected,
  throttled,
  tokenTooShort,
  unavailable,
  unreachable,
  unreadable,
} from './failures.ts';
import { describe, logFieldsOfProblem, type Problem, readProblem } from './problem.ts';
import { RequestedWaits, retryAfter } from './retry-after.ts';
import { Retryable, withRetries } from './retryable.ts';
import { type Token, tokenOf } from './token.ts';
import { type HttpAnswer, type HttpRequest, type Transport, TransportError } from './transport.ts';
import { WaitNotice } from './wait-notice.ts';

interface LoginOptions {
  /** Base URL without a trailing slash. */
  readonly loginUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly transport: Transport;
}

/** One token for the whole process, by client credentials; renewed before it ends. */
export class Login {
  private readonly options: LoginOptions;
  private readonly request: HttpRequest;
  private readonly secrets: readonly string[];
  private readonly notice: WaitNotice;
  private held: Token | undefined;
  /** The login under way. All callers that need it share it; it is aborted when the last one has left. */
  private pending: { readonly login: Promise<Token>; readonly abandon: AbortController; callers: number } | undefined;

  constructor(options: LoginOptions) {
    const basic = Buffer.from(`${options.clientId}:${options.clientSecret}`).toString('base64');
    this.options = options;
    this.notice = new WaitNotice(options);
    this.secrets = [basic, options.clientSecret, options.clientId];
    this.request = {
      method: 'POST',
      url: `${options.loginUrl}/oauth/token`,
      headers: {
        Authorization: `Basic ${basic}`,
        'Content-Type': 'application/x-www-form-urlencoded',
        Accept: 'application/json',
      },
      body: 'grant_type=client_credentials',
    };
  }

  /**
   * A token that is not about to expire: the current one, or a new one. Rejects with a Failure
   * (genesys.credentials, genesys.unreachable, genesys.throttled, genesys.token, genesys.rejected) or with
   * the signal's reason.
   */
  async token(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (this.held && this.options.clock.monotonic() < this.held.renewFrom) return this.held.value;
    const shared = this.pending ?? this.begin();
    shared.callers++;
    try {
      return (await abortable(shared.login, signal)).value;
    } finally {
      shared.callers--;
      if (shared.callers === 0) shared.abandon.abort(new Error('no caller waits for this login any more'));
    }
  }

  /** Genesys refused this token: it is not used again. False if another one has already replaced it. */
  invalidate(token: string): boolean {
    if (this.held?.value !== token) return false;
    this.held = undefined;
    return true;
  }

  private begin(): NonNullable<Login['pending']> {
    const abandon = new AbortController();
    const login = this.logIn(abandon.signal).finally(() => {
      if (this.pending === shared) this.pending = undefined;
    });
    // Every caller sees the failure. Without this handler it would be an unhandled rejection once all have
    // left.
    login.catch(() => undefined);
    abandon.signal.addEventListener('abort', () => {
      if (this.pending === shared) this.pending = undefined;
    });
    const shared = { login, abandon, callers: 0 };
    this.pending = shared;
    return shared;
  }

  private async logIn(signal: AbortSignal): Promise<Token> {
    let refusals = 0;
    const waits = new RequestedWaits();
    return withRetries(
      async () => {
        for (;;) {
          const askedAt = this.options.clock.monotonic();
          const answer = await this.send(signal);
          if (answer.status !== 429) {
            this.held = this.readToken(answer, askedAt);
            return this.held;
          }
          refusals++;
          await this.waitOut(answer, refusals, waits, signal);
        }
      },
      { clock: this.options.clock, signal, waits, notice: this.notice },
    );
  }

  private async send(signal: AbortSignal): Promise<HttpAnswer> {
    try {
      return await this.options.transport.send(this.request, signal);
    } catch (error) {
      throw error instanceof TransportError ? new Retryable(unreachable(error, ASKED)) : error;
    }
  }

  private readToken(answer: HttpAnswer, askedAt: number): Token {
    const problem = readProblem(answer, this.secrets);
    if (answer.status === 200) {
      const body = fieldsOf(parseJson(answer.body));
      const value = textOf(body?.access_token);
      // Printable ASCII without blanks: anything else cannot stand in a header.
      if (value === undefined || !/^[\x21-\x7e]+$/.test(value)) {
        throw new Retryable(unreadable({ status: answer.status }, ASKED));
      }
      return this.usable(tokenOf(value, body?.expires_in, askedAt), askedAt);
    }
    if (isTransient(answer.status)) {
      const wait = retryAfter(answer, this.options.clock.now());
      throw new Retryable(unavailable(problem, ASKED), wait);
    }
    throw [400, 401, 403].includes(answer.status) ? credentialsRefused(problem) : rejected(problem, ASKED);
  }

  /** A token that is due for renewal on arrival would make every request log in again. */
  private usable(token: Token, askedAt: number): Token {
    const took = this.options.clock.monotonic() - askedAt;
    if (took < token.renewFrom - askedAt) return token;
    throw tokenTooShort(token.expiresAt - askedAt, took);
  }

  private async waitOut(
    answer: HttpAnswer,
    refusals: number,
    waits: RequestedWaits,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, log } = this.options;
    const problem = readProblem(answer, this.secrets);
    const wait = retryAfter(answer, clock.now()) ?? backoffDelay(refusals, PAUSES.throttled, clock.random());
    if (refusals > THROTTLED_WAITS.login || !waits.admit(wait)) throw throttled(problem, ASKED);
    log.warn('genesys.throttled', `Genesys throttles the login; waiting ${wait / 1_000} s`, {
      waitMs: wait,
      ...logFieldsOfProblem(problem),
    });
    await clock.sleep(wait, signal);
  }
}

/** Genesys answers 400 to a client id it does not know and 401 to a wrong secret; both say invalid_client. */
function credentialsRefused(problem: Problem): Failure {
  const text = {
    400: {
      why: 'it does not know this client id',
      remedy: 'Check genesys.clientId, and that genesys.region is the region of its organisation',
    },
    401: {
      why: 'the client secret is wrong',
      remedy: 'Check genesys.clientSecret: it may have been replaced in Admin > Integrations > OAuth',
    },
  }[problem.status] ?? {
    why: 'this client may not log in',
    remedy: 'Check in Admin > Integrations > OAuth that the client is enabled and has the grant Client Credentials',
  };
  return new Failure({
    code: 'genesys.credentials',
    what: 'Genesys refused the login',
    why: `${text.why} (${describe(problem)})`,
    remedy: text.remedy,
    fields: logFieldsOfProblem(problem),
  });
}
