import { startFromAt } from '../config/start-from.ts';
import type { Instant } from '../domain/instant.ts';
import { UsageError } from './usage-error.ts';

/** A moment as an operator writes it: a timestamp with its zone, `now`, or a duration back from now such as `2h`. */
export function timestampOf(text: string, now: Instant): Instant {
  try {
    return startFromAt(text, now);
  } catch (error) {
    throw new UsageError(`${JSON.stringify(text)} ${(error as Error).message}`);
  }
}
