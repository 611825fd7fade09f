import { fieldsOf, parseJson, textOf } from '../domain/json.ts';
import type { HttpAnswer } from './transport.ts';

/**
 * Shorter texts are not replaced: a short client ID would also match inside `invalid_client`. Real ones have
 * 36 characters or more.
 */
const MIN_SECRET_LENGTH = 8;

/** What Genesys says about a request it did not fulfil. Safe to log: secrets have been taken out. */
export interface Problem {
  readonly status: number;
  /** Genesys's error code, such as `missing.permissions`. */
  readonly code?: string;
  readonly message?: string;
  /** What Genesys's support asks for. */
  readonly correlationId?: string;
}

/**
 * Reads an error answer of any shape: the API's `code` and `message` as well as the login's `error` and
 * `error_description`. `secrets` are replaced wherever the answer repeats them. A body that is not JSON (a
 * gateway's page) is not quoted.
 */
export function readProblem(answer: HttpAnswer, secrets: readonly string[]): Problem {
  const fields = fieldsOf(parseJson(answer.body));
  const line = (...values: readonly unknown[]) => oneLine(values.map(textOf).find(Boolean), secrets);
  const code = line(fields?.code, fields?.error);
  const message = line(fields?.message, fields?.error_description, fields?.description);
  const correlationId = line(answer.headers['inin-correlation-id'], fields?.contextId);
  return {
    status: answer.status,
    ...(code !== undefined && { code }),
    ...(message !== undefined && { message }),
    ...(correlationId !== undefined && { correlationId }),
  };
}

/** Members of Genesys's error body that no answer of the API in use has beside a list. */
const OF_AN_ERROR = ['message', 'code', 'status', 'errors'] as const;
const LISTS = ['conversations', 'entities'] as const;

/**
 * Whether a body that came with success is an error's all the same, as gateways and busy services send them:
 * it says what went wrong and holds no list.
 */
export function isErrorBody(body: unknown): boolean {
  const fields = fieldsOf(body);
  if (!fields || LISTS.some((name) => Array.isArray(fields[name]))) return false;
  return OF_AN_ERROR.some((name) => (fields[name] ?? undefined) !== undefined);
}

/** The problem in words: `HTTP 403 missing.permissions: You must …; correlation ID 1-2`. */
export function describe({ status, code, message, correlationId }: Problem): string {
  const head = [`HTTP ${status}`, code].filter(Boolean).join(' ');
  const text = message ? `${head}: ${message.replace(/\.$/, '')}` : head;
  return correlationId ? `${text}; correlation ID ${correlationId}` : text;
}

/** The problem as members of a log line. */
export function logFieldsOfProblem({
  status,
  code,
  message,
  correlationId,
}: Problem): Readonly<Record<string, unknown>> {
  return {
    httpStatus: status,
    ...(code !== undefined && { genesysCode: code }),
    ...(message !== undefined && { genesysMessage: message }),
    ...(correlationId !== undefined && { correlationId }),
  };
}

/** One line of at most 300 characters. */
function oneLine(text: string | undefined, secrets: readonly string[]): string | undefined {
  if (text === undefined) return undefined;
  const clean = secrets
    .filter(({ length }) => length >= MIN_SECRET_LENGTH)
    .reduce((so, secret) => so.replaceAll(secret, '[secret]'), text);
  return clean.replace(/\s+/g, ' ').trim().slice(0, 300);
}
