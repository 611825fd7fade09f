import { Failure } from '../domain/failure.ts';
import { formatInstant } from '../domain/instant.ts';
import type { Window } from '../domain/window.ts';
import type { Log } from '../ports/log.ts';
import { isTakenForTooMuch, mayBeTooMuch } from './failures.ts';

/**
 * Lighter questions in a row without an answer before an outage is assumed: four steps lead from a page of
 * 100 to one of 1.
 */
const MOST_IN_VAIN = 4;
/** The same after a 503 and its like, which rather tell an outage. */
const MOST_IN_VAIN_IF_REFUSED = 2;
/**
 * Lighter questions in the reading of one window altogether: a window of an hour comes down to pieces of a
 * minute with 21.
 */
const MOST = 64;

/**
 * What Genesys can bear, as the reading of one window finds out. Every answer shows that asking for less has
 * helped.
 */
export class Burden {
  private readonly log: Log;
  private inVain = 0;
  private lightened = 0;

  constructor(log: Log) {
    this.log = log;
  }

  /** Genesys has answered. */
  borne(): void {
    this.inVain = 0;
  }

  /** Whether to ask for less after this failure: an outage must not become thousands of small questions. */
  mayLighten(failure: Failure): boolean {
    if (this.lightened >= MOST) return false;
    if (isTakenForTooMuch(failure)) return this.inVain < MOST_IN_VAIN;
    return mayBeTooMuch(failure) && this.inVain < MOST_IN_VAIN_IF_REFUSED;
  }

  lighten(window: Window, failure: Failure): void {
    this.inVain++;
    if (this.lightened++ > 0) return;
    this.log.warn(
      'query.lightened',
      `Genesys does not carry out a query and is asked for less at a time. ${failure.told}. ${REMEDY}`,
      { windowStart: formatInstant(window.start), windowEnd: formatInstant(window.end), ...failure.facts },
    );
  }
}

const REMEDY = 'If it lasts while other queries succeed, lower streams.conversations.maxWindow';

/** The failure of a query that asking for less has not helped, or may not help. */
export function tooHeavy(failure: Failure): Failure {
  if (!isTakenForTooMuch(failure) && !mayBeTooMuch(failure)) return failure;
  const { code, facts } = failure;
  return new Failure(
    {
      code,
      what: 'Genesys does not carry out a query, however little it asks for',
      why: failure.told,
      remedy: `It is tried again; see status.mypurecloud.com or ask Genesys with the correlation ID. ${REMEDY}`,
      facts,
    },
    { cause: failure },
  );
}
