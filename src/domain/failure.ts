/** Stable names of everything that can go wrong in a way an operator can act upon. */
export type FailureCode =
  | 'config.invalid'
  | 'organisation.mismatch'
  | 'organisation.unknown'
  | 'checkpoint.ahead'
  | 'genesys.credentials'
  | 'genesys.token'
  | 'genesys.permission'
  | 'genesys.unreachable'
  | 'genesys.throttled'
  | 'genesys.rejected'
  | 'genesys.tooManyResults'
  | 'genesys.incomplete'
  | 'genesys.endless'
  | 'genesys.tooLarge'
  | 'genesys.job'
  | 'aws.credentials'
  | 'aws.configuration'
  | 'table.denied'
  | 'table.missing'
  | 'table.schema'
  | 'table.unavailable'
  | 'bus.denied'
  | 'bus.missing'
  | 'bus.unavailable'
  | 'bus.rejected'
  | 'lease.lost'
  | 'lease.held'
  | 'lease.released'
  | 'poller.stuck'
  | 'backfill.tooOld'
  | 'backfill.tooRecent'
  | 'audit.tooRecent';

/** What happened, why, and what to do next: the three things every error of this program says. */
export interface FailureText {
  readonly code: FailureCode;
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
  /** Further fields of the log line: correlation ID, HTTP status, request ID. Never a secret. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** An error meant for the operator: printed as one line, without a stack trace. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  /** The message without its remedy. */
  readonly summary: string;
  readonly remedy: string;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(text: FailureText, options?: ErrorOptions) {
    const summary = `${text.what}: ${text.why}`;
    super(`${summary}${summary.endsWith('?') ? '' : '.'} ${text.remedy}`, options);
    this.code = text.code;
    this.summary = summary;
    this.remedy = text.remedy;
    this.fields = text.fields ?? {};
  }
}

/** What a log line says of something that was thrown. */
export function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}

/**
 * The members of that line: an operator's failure names its code; anything else is a defect of this program,
 * and its stack is what finds it.
 */
export function logFieldsOf(failure: unknown): Readonly<Record<string, unknown>> {
  if (failure instanceof Failure) return { code: failure.code, ...failure.fields };
  return { code: codeOf(failure), stack: failure instanceof Error ? failure.stack : undefined };
}

export function codeOf(failure: unknown): FailureCode | 'defect' {
  return failure instanceof Failure ? failure.code : 'defect';
}
