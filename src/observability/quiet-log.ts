import { LRUCache } from 'lru-cache';
import { messageShape } from '../domain/message-shape.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log, LogFields } from '../ports/log.ts';
import { type Episode, noteOccurrence } from './repeats.ts';

/** Kinds of failures remembered at a time: more than there are, unless messages differ in words. */
const MAX_EPISODES = 500;

/** Lines that are always written: each is about something that happened once, or is kept back elsewhere. */
const ALWAYS_LOGGED: ReadonlySet<string> = new Set([
  'gap.detected',
  'clock.stepped',
  'lease.lost',
  'lease.released',
  'config.reloaded',
  'config.rejected',
  'daemon.stopping',
  // See CycleLog.
  'cycle.failed',
]);

/**
 * Limits how often warnings and errors are repeated. Of lines with the same event, stream, code and shape of
 * message, the first is written, then one at growing intervals (repeats.ts), with `repeats`, the number kept
 * back before it.
 */
export function quietLog({ log, clock }: { readonly log: Log; readonly clock: Clock }): Log {
  const episodes = new LRUCache<string, Episode>({ max: MAX_EPISODES });
  const trouble =
    (level: 'warn' | 'error') =>
    (event: string, msg: string, fields: LogFields = {}) => {
      if (ALWAYS_LOGGED.has(event)) return log[level](event, msg, fields);
      const key = [event, fields.stream, fields.code, messageShape(msg)].join('\n');
      const { isLogged, keptBack, episode } = noteOccurrence(episodes.get(key), clock.monotonic());
      episodes.set(key, episode);
      if (isLogged) log[level](event, msg, keptBack > 0 ? { ...fields, repeats: keptBack } : fields);
    };
  return { debug: log.debug, info: log.info, warn: trouble('warn'), error: trouble('error') };
}
