import { Failure } from '../domain/failure.ts';
import { formatInstant } from '../domain/instant.ts';
import type { Window } from '../domain/window.ts';
import type { Log } from '../ports/log.ts';
import { mayBeTooHeavy, suggestsTooHeavy } from './failures.ts';

/**
 * Lighter queries in a row without an answer before an outage is assumed. Four steps lead from a page of 100
 * to a page of 1.
 */
const MAX_UNANSWERED = 4;
/** The same after a 503 and similar statuses, which more often mean an outage. */
const MAX_UNANSWERED_IF_REFUSED = 2;
/**
 * Lighter queries for one window altogether. 21 of them split a window of an hour into pieces of a minute.
 */
const MAX_LIGHTER_QUERIES = 64;

/**
 * How heavy a query Genesys can answer, learnt while one window is read. Every answer shows that asking for
 * less has helped. Of several queries that are on their way together, only the first failure counts: the
 * others were sent before less was asked for.
 */
export class QueryLoad {
  private readonly log: Log;
  private unanswered = 0;
  private lightened = 0;

  constructor(log: Log) {
    this.log = log;
  }

  /** Genesys has answered. */
  answered(): void {
    this.unanswered = 0;
  }

  /** How often less has been asked for. */
  get steps(): number {
    return this.lightened;
  }

  /**
   * Whether to ask for less after this failure of a query that was sent after so many `steps`. An outage must
   * not become thousands of small queries.
   */
  mayLighten(failure: Failure, steps: number): boolean {
    const isTooHeavy = suggestsTooHeavy(failure);
    if (this.lightened >= MAX_LIGHTER_QUERIES || !(isTooHeavy || mayBeTooHeavy(failure))) return false;
    return steps < this.lightened || this.unanswered < (isTooHeavy ? MAX_UNANSWERED : MAX_UNANSWERED_IF_REFUSED);
  }

  lighten(window: Window, failure: Failure, steps: number): void {
    if (steps < this.lightened) return;
    this.unanswered++;
    if (this.lightened++ > 0) return;
    this.log.warn(
      'query.lightened',
      `Genesys does not carry out a query and is asked for less at a time. ${failure.summary}. ${REMEDY}`,
      { windowStart: formatInstant(window.start), windowEnd: formatInstant(window.end), ...failure.fields },
    );
  }
}

const REMEDY = 'If it lasts while other queries succeed, lower streams.conversations.maxWindow';

/** The failure of a query where asking for less has not helped, or may not help. */
export function tooHeavy(failure: Failure): Failure {
  if (!suggestsTooHeavy(failure) && !mayBeTooHeavy(failure)) return failure;
  const { code, fields } = failure;
  return new Failure(
    {
      code,
      what: 'Genesys does not carry out a query, however little it asks for',
      why: failure.summary,
      remedy: `See status.mypurecloud.com or ask Genesys with the correlation ID. ${REMEDY}`,
      fields,
    },
    { cause: failure },
  );
}
