import { Failure } from '../domain/failure.ts';
import { formatInstant } from '../domain/instant.ts';
import type { Window } from '../domain/window.ts';

/** A window that cannot be split further holds more than Genesys pages through. */
export function tooDense(most: number, { start, end }: Window, failure: Failure): Failure {
  return new Failure(
    {
      code: 'genesys.tooManyResults',
      what: `Genesys has more than ${most} conversations between ${formatInstant(start)} and ${formatInstant(end)}`,
      why: `it pages no further, and splitting the window does not help (${failure.message})`,
      remedy:
        'Set streams.conversations.query to changes, narrow streams.conversations.scope, or give this poller an OAuth client that sees fewer divisions',
      fields: failure.fields,
    },
    { cause: failure },
  );
}

/**
 * Genesys does not promise the filters of `changes`, though others use them: an organisation may refuse them.
 */
export function filterRejected(failure: Failure): Failure {
  if (failure.fields.httpStatus !== 400) return failure;
  return new Failure(
    {
      code: failure.code,
      what: 'Genesys rejected the query for what changed in a window',
      why: failure.summary,
      remedy:
        'Set streams.conversations.query to interval, which uses no time filter, if it lasts, and ask Genesys with the correlation ID',
      fields: failure.fields,
    },
    { cause: failure },
  );
}
