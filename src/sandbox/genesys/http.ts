/**
 * A request as it reaches the simulator. `path` includes the query string; header names are in lower case.
 */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

/**
 * What the network does to an answer: a break half-way, a broken connection, silence, a wait, a flood of
 * blanks in its place.
 */
export type Trouble =
  | { readonly kind: 'torn' | 'drop' | 'hang' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'blanks'; readonly bytes: number };

/** The simulator's answer. With `trouble`, the network in between has to enact it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly trouble?: Trouble;
}

/** An answer that has not been written down yet. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

/** What an endpoint gets of a request that has passed the door. */
export interface Inquiry {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/** An endpoint: which requests it takes, what permission they need, and how it answers. */
export interface Route {
  readonly method: string;
  readonly path: RegExp;
  /** Of several, any one. */
  readonly permission: string | readonly string[];
  /** `id` is the part of the path in the pattern's first group. */
  handle(inquiry: Inquiry, id: string): Reply;
}

/** A request that Genesys refuses; `code` is one of its documented codes. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The body Genesys answers a refused request with. */
export function errorBody(refusal: Refusal, contextId: string) {
  const { message, code, status } = refusal;
  return { message, code, status, messageWithParams: message, messageParams: {}, contextId, details: [], errors: [] };
}

/** The members of a JSON object in a request's body. Anything else is a 400. */
export function jsonObject(body: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new Refusal(400, 'bad.request', 'The request could not be understood by the server due to malformed syntax.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Refusal(400, 'bad.request', 'The request body must be an object.');
  }
  return parsed as Readonly<Record<string, unknown>>;
}

/** A whole number from `least` to `most`; absent is `usual`. Anything else is a 400. */
export function wholeNumber(value: unknown, name: string, usual: number, least: number, most: number): number {
  if (value === undefined || value === null) return usual;
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < least || number > most) {
    throw new Refusal(
      400,
      'invalid.value',
      `Value [${String(value)}] is not valid for field type [${name}]. Allowed: ${least} to ${most}`,
    );
  }
  return number;
}

/** One page of a list, in the form of Genesys's entity listings. */
export function listing(inquiry: Inquiry, entities: readonly unknown[], mostPerPage: number) {
  const pageSize = wholeNumber(inquiry.query.get('pageSize'), 'pageSize', 25, 1, mostPerPage);
  const pageNumber = wholeNumber(inquiry.query.get('pageNumber'), 'pageNumber', 1, 1, Number.MAX_SAFE_INTEGER);
  const pageCount = Math.ceil(entities.length / pageSize);
  const uri = (page: number) => `${inquiry.path}?pageSize=${pageSize}&pageNumber=${page}`;
  return {
    entities: entities.slice((pageNumber - 1) * pageSize, pageNumber * pageSize),
    pageSize,
    pageNumber,
    total: entities.length,
    pageCount,
    selfUri: uri(pageNumber),
    firstUri: uri(1),
    lastUri: uri(Math.max(1, pageCount)),
    ...(pageNumber < pageCount && { nextUri: uri(pageNumber + 1) }),
    ...(pageNumber > 1 && { previousUri: uri(pageNumber - 1) }),
  };
}
