import { Failure } from '../domain/failure.ts';
import { describe, logFieldsOfProblem, type Problem } from './problem.ts';
import type { TransportError } from './transport.ts';

/**
 * Statuses worth another attempt, besides 429 which has its own rules (developer.genesys.cloud, "Rate limits"
 * and "API errors").
 */
const TRANSIENT: ReadonlySet<number> = new Set([408, 500, 502, 503, 504]);

export function isTransient(status: number): boolean {
  return TRANSIENT.has(status);
}

/** What a login asks for, in messages. */
export const LOGIN = 'the login';

/** Whether Genesys, or a proxy before it, answers so when a request takes too long. */
export function suggestsTooHeavy({ fields }: Failure): boolean {
  if (fields.request === LOGIN) return false;
  return fields.error === 'deadline' || fields.httpStatus === 408 || fields.httpStatus === 504;
}

/** Whether the failure may mean that the request is too heavy, but is seen in an outage as well. */
export function mayBeTooHeavy({ fields }: Failure): boolean {
  if (fields.request === LOGIN) return false;
  return fields.error === 'ECONNRESET' || [500, 502, 503].includes(Number(fields.httpStatus));
}

/** No answer, or only part of one. `asked` says of what, such as `POST /api/v2/…`. */
export function unreachable(error: TransportError, asked: string): Failure {
  return new Failure({
    code: 'genesys.unreachable',
    what: `Genesys did not answer ${asked}`,
    why: error.message,
    remedy: remedyFor(error),
    fields: { request: asked, error: error.code },
  });
}

/** Answered with a status that asks to come back later. */
export function unavailable(problem: Problem, asked: string): Failure {
  return new Failure({
    code: 'genesys.unreachable',
    what: `Genesys could not carry out ${asked}`,
    why: describe(problem),
    remedy: 'If it lasts, see status.mypurecloud.com or ask Genesys with the correlation ID',
    fields: { request: asked, ...logFieldsOfProblem(problem) },
  });
}

/**
 * Answered with success, but the body is not JSON: it was cut off, or something other than Genesys answered.
 */
export function unreadable(problem: Problem, asked: string): Failure {
  return new Failure({
    code: 'genesys.unreachable',
    what: `The answer to ${asked} cannot be read`,
    why: `its body is not JSON (${describe(problem)})`,
    remedy: 'If it lasts, check that no proxy answers in place of Genesys',
    fields: { request: asked, ...logFieldsOfProblem(problem) },
  });
}

/** Answered with success, but with the body of an error. */
export function errorInDisguise(problem: Problem, asked: string): Failure {
  return new Failure({
    code: 'genesys.unreachable',
    what: `Genesys could not carry out ${asked}`,
    why: `it answered with the body of an error (${describe(problem)})`,
    remedy: 'If it lasts, check that no proxy answers in place of Genesys',
    fields: { request: asked, ...logFieldsOfProblem(problem) },
  });
}

/** The answer was cut off because it was too large for the memory of this process. */
export function tooLarge(error: TransportError, asked: string): Failure {
  return new Failure({
    code: 'genesys.tooLarge',
    what: `The answer to ${asked} is too large`,
    why: error.message,
    remedy: 'Look up in Genesys what makes a single record so large, or check that no proxy answers in its place',
    fields: { request: asked },
  });
}

/** Answered with 429 repeatedly, each time after the wait it had asked for. */
export function throttled(problem: Problem, asked: string): Failure {
  return new Failure({
    code: 'genesys.throttled',
    what: `Genesys throttles ${asked} again and again`,
    why: describe(problem),
    remedy: 'Lower genesys.requestsPerMinute, or give this poller an OAuth client of its own',
    fields: { request: asked, ...logFieldsOfProblem(problem) },
  });
}

/** A token fresh from the login was refused. */
export function tokenRefused(problem: Problem, asked: string): Failure {
  return new Failure({
    code: 'genesys.credentials',
    what: `Genesys refused a new token for ${asked}`,
    why: describe(problem),
    remedy:
      'Check that genesys.loginUrl and genesys.apiUrl are of one region, and that the OAuth client is not disabled',
    fields: { request: asked, ...logFieldsOfProblem(problem) },
  });
}

/** The token lives for `life`, and the login took `took`, milliseconds. */
export function tokenTooShort(life: number, took: number): Failure {
  return new Failure({
    code: 'genesys.token',
    what: 'The login gave a token that ends before it can be used',
    why: `it lives for ${life / 1_000} s, and the login took ${(took / 1_000).toFixed(1)} s`,
    remedy:
      'Set the Token Duration of the OAuth client in Admin > Integrations > OAuth (300 s at least), and check the network path to genesys.loginUrl',
    fields: { tokenLifeMs: life, loginMs: Math.round(took) },
  });
}

/**
 * `permission` is what the request needs, where the caller knows it. Otherwise Genesys's own words name it.
 */
export function notPermitted(problem: Problem, asked: string, permission?: string | readonly string[]): Failure {
  const anyOf = typeof permission === 'object' ? permission : [permission].filter((one) => one !== undefined);
  const needed = anyOf.length === 1 ? `the permission ${anyOf[0]}` : `one of the permissions ${anyOf.join(', ')}`;
  const isKnown = anyOf.length > 0;
  return new Failure({
    code: 'genesys.permission',
    what: `Genesys does not permit ${asked}`,
    why: isKnown ? `it needs ${needed} (${describe(problem)})` : describe(problem),
    remedy: `Give a role of the OAuth client ${isKnown ? needed : 'the permission named above'}, in every division to be read`,
    fields: { request: asked, ...(isKnown && { permission: anyOf.join(', ') }), ...logFieldsOfProblem(problem) },
  });
}

/** Genesys understood and refused: the request is wrong, or asks for too much. */
export function rejected(problem: Problem, asked: string): Failure {
  // Genesys has no code of its own for this: it says bad.request and "Pagination may not exceed 100000
  // results".
  const tooMany = problem.status === 400 && /exceed\s+100,?000\s+results/i.test(problem.message ?? '');
  return new Failure({
    code: tooMany ? 'genesys.tooManyResults' : 'genesys.rejected',
    what: `Genesys rejected ${asked}`,
    why: describe(problem),
    remedy: tooMany ? 'Ask for a shorter window' : remedyForRejected(asked),
    fields: { request: asked, ...logFieldsOfProblem(problem) },
  });
}

/** Answered with success and with JSON, but not with what the API is documented to answer. */
export function notAsExpected(asked: string, why: string): Failure {
  return new Failure({
    code: 'genesys.rejected',
    what: `The answer to ${asked} has an unexpected form`,
    why,
    remedy:
      'Check genesys.apiUrl; if it is right, Genesys has changed its API: look for a newer version of this poller',
    fields: { request: asked },
  });
}

function remedyForRejected(asked: string): string {
  const settings = asked === LOGIN ? 'genesys.loginUrl' : 'genesys.apiUrl and the settings of this stream';
  return `Check ${settings}, or ask Genesys with the correlation ID`;
}

function remedyFor({ code, advice }: TransportError): string {
  if (code === 'proxy') return `Check ${advice}`;
  if (/CERT|SELF_SIGNED|ISSUER|TLS|SSL/.test(code)) {
    return "Check the host's clock, and whether a proxy that opens TLS needs its CA in NODE_EXTRA_CA_CERTS";
  }
  if (code === 'ENOTFOUND') {
    return `Check genesys.region (or genesys.loginUrl and genesys.apiUrl), the name resolution, and ${advice}`;
  }
  return `If it lasts, check ${advice}`;
}
