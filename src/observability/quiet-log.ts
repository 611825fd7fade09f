import { LRUCache } from 'lru-cache';
import type { Clock } from '../ports/clock.ts';
import type { Log, LogFields } from '../ports/log.ts';
import { type Episode, hear, shapeOf } from './repeats.ts';

/** Kinds of failures remembered at a time: more than there are, unless messages differ in words. */
const MOST_EPISODES = 500;

/** Warnings that tell of something that happened once, not of something that goes on: each of them is written. */
const ALWAYS_TOLD: ReadonlySet<string> = new Set([
  'gap.detected',
  'clock.stepped',
  'lease.lost',
  'lease.released',
  'config.reloaded',
  'config.rejected',
  'daemon.stopping',
]);
/** Lines that tell that a stream's cycles fail no more. */
const RECOVERIES: ReadonlySet<string> = new Set(['cycle.completed', 'lease.standby']);

/** The failed cycles of a stream since it last worked. */
interface Streak {
  /** Monotonic. */
  readonly since: number;
  readonly failures: number;
}

/**
 * A log in which failures that go on do not flood: of warnings and errors with one event, stream, code and shape of message, the
 * first is written and then one at growing intervals (repeats.ts), with `repeats`, the number kept back before it. When cycles
 * that failed work again, `cycle.recovered` says so first. `onKeptBack` hears of each line that is not written.
 */
export function quietLog(options: {
  readonly log: Log;
  readonly clock: Clock;
  readonly onKeptBack?: (event: string, fields: LogFields) => void;
}): Log {
  const { log, clock, onKeptBack = () => undefined } = options;
  const episodes = new LRUCache<string, Episode>({ max: MOST_EPISODES });
  const streaks = new Map<unknown, Streak>();

  const trouble =
    (level: 'warn' | 'error') =>
    (event: string, msg: string, fields: LogFields = {}) => {
      if (event === 'cycle.failed') {
        const streak = streaks.get(fields.stream) ?? { since: clock.monotonic(), failures: 0 };
        streaks.set(fields.stream, { ...streak, failures: streak.failures + 1 });
      }
      if (ALWAYS_TOLD.has(event)) return log[level](event, msg, fields);
      const key = keyOf(event, fields.stream, fields.code, shapeOf(msg));
      const { tell, keptBack, episode } = hear(episodes.get(key), clock.monotonic());
      episodes.set(key, episode);
      if (!tell) return onKeptBack(event, fields);
      log[level](event, msg, keptBack > 0 ? { ...fields, repeats: keptBack } : fields);
    };

  const recover = (stream: unknown) => {
    const streak = streaks.get(stream);
    if (!streak) return;
    streaks.delete(stream);
    const ofStream = keyOf('cycle.failed', stream);
    const over = [...episodes.entries()].filter(([key]) => key.startsWith(ofStream));
    const repeats = over.reduce((count, [, { keptBack }]) => count + keptBack, 0);
    for (const [key] of over) episodes.delete(key);
    const seconds = Math.round((clock.monotonic() - streak.since) / 100) / 10;
    const cycles = streak.failures === 1 ? 'a failed cycle' : `${streak.failures} failed cycles`;
    log.info('cycle.recovered', `${stream} goes on after ${cycles} in ${seconds} s`, {
      stream,
      failures: streak.failures,
      failedForSeconds: seconds,
      ...(repeats > 0 && { repeats }),
    });
  };

  return {
    debug: (event, msg, fields) => log.debug(event, msg, fields),
    info(event, msg, fields = {}) {
      if (RECOVERIES.has(event)) recover(fields.stream);
      log.info(event, msg, fields);
    },
    warn: trouble('warn'),
    error: trouble('error'),
  };
}

function keyOf(...parts: readonly unknown[]): string {
  return parts.map((part) => `${part}\n`).join('');
}
