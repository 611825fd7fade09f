import { startFromAt } from '../config/duration.ts';
import { formatInstant, type Instant } from '../domain/instant.ts';
import { UsageError } from './usage-error.ts';

/**
 * A moment as an operator writes it: a timestamp with its zone, `now`, or a duration back from now such as
 * `2h`.
 */
export function timestampOf(text: string, now: Instant): Instant {
  try {
    return startFromAt(text, now);
  } catch (error) {
    throw new UsageError(`${JSON.stringify(text)} ${(error as Error).message}`);
  }
}

/** `11-20 10:00` */
export function toTheMinute(instant: Instant): string {
  return formatInstant(instant).slice(5, 16).replace('T', ' ');
}
