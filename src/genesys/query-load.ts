import { Failure } from '../domain/failure.ts';
import { formatInstant } from '../domain/instant.ts';
import type { Window } from '../domain/window.ts';
import type { Log } from '../ports/log.ts';
import { isTakenForTooMuch, mayBeTooMuch } from './failures.ts';

/**
 * Lighter queries in a row without an answer before an outage is assumed. Four steps lead from a page of 100
 * to a page of 1.
 */
const MOST_UNANSWERED = 4;
/** The same after a 503 and similar statuses, which more often mean an outage. */
const MOST_UNANSWERED_IF_REFUSED = 2;
/**
 * Lighter queries for one window altogether. 21 of them split a window of an hour into pieces of a minute.
 */
const MOST = 64;

/**
 * How heavy a query Genesys can answer, learnt while one window is read. Every answer shows that asking for
 * less has helped.
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

  /** Whether to ask for less after this failure. An outage must not become thousands of small queries. */
  mayLighten(failure: Failure): boolean {
    if (this.lightened >= MOST) return false;
    if (isTakenForTooMuch(failure)) return this.unanswered < MOST_UNANSWERED;
    return mayBeTooMuch(failure) && this.unanswered < MOST_UNANSWERED_IF_REFUSED;
  }

  lighten(window: Window, failure: Failure): void {
    this.unanswered++;
    if (this.lightened++ > 0) return;
    this.log.warn(
      'query.lightened',
      `Genesys does not carry out a query and is asked for less at a time. ${failure.summary}. ${REMEDY}`,
      { windowStart: formatInstant(window.start), windowEnd: formatInstant(window.end), ...failure.facts },
    );
  }
}

const REMEDY = 'If it lasts while other queries succeed, lower streams.conversations.maxWindow';

/** The failure of a query where asking for less has not helped, or may not help. */
export function tooHeavy(failure: Failure): Failure {
  if (!isTakenForTooMuch(failure) && !mayBeTooMuch(failure)) return failure;
  const { code, facts } = failure;
  return new Failure(
    {
      code,
      what: 'Genesys does not carry out a query, however little it asks for',
      why: failure.summary,
      remedy: `See status.mypurecloud.com or ask Genesys with the correlation ID. ${REMEDY}`,
      facts,
    },
    { cause: failure },
  );
}
