import { Failure } from '../domain/failure.ts';
import { formatInstant, type Instant } from '../domain/instant.ts';

const HOUR = 3_600_000;
/**
 * A proposed period stays allowed for this long, milliseconds: the remembered period moves on with the clock.
 */
const TO_ASK_AGAIN = 600_000;

/**
 * The refusal of a period that may have been published before, but is no longer remembered. `oldest` is the
 * start of what is.
 */
export function tooOld(first: Instant, oldest: Instant): Failure {
  const soon = formatInstant(Math.ceil((oldest + TO_ASK_AGAIN) / HOUR) * HOUR);
  return new Failure({
    code: 'backfill.tooOld',
    what: `The backfill would publish events from ${formatInstant(first)} on`,
    why: `whether an event from before ${formatInstant(oldest)} has been published already is unknown, since published IDs are remembered for dedup.ttl`,
    remedy: `Use --from ${soon} or later; or add --allow-repeats to publish everything that is not remembered, repeats included: each has the ID and the data of the first copy`,
    fields: { oldest: formatInstant(oldest) },
  });
}

/** The refusal of what the data lake may not hold yet. */
export function notGuaranteed(end: Instant, guaranteed: Instant): Failure {
  return new Failure({
    code: 'backfill.tooRecent',
    what: `The backfill would read up to ${formatInstant(end)}`,
    why: `Genesys's data lake is complete only up to ${formatInstant(guaranteed)}, and gives parts of what is later without saying so`,
    remedy: `Use --to ${formatInstant(guaranteed)} or earlier, or wait`,
    fields: { guaranteed: formatInstant(guaranteed) },
  });
}

/** The refusal of a period that the live stream is about to read itself. */
export function notPassed(end: Instant, live: Instant): Failure {
  return new Failure({
    code: 'backfill.tooRecent',
    what: `The backfill would read up to ${formatInstant(end)}`,
    why: `the stream conversations is running, has read up to ${formatInstant(live)} and reads what follows by itself: two that read the same at the same time publish it twice`,
    remedy: `Use --to ${formatInstant(live)} or earlier, or wait`,
    fields: { live: formatInstant(live) },
  });
}
