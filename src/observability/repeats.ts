/**
 * How often to log that the same thing goes wrong.
 *
 * A failure that goes on is logged when it begins and then at growing intervals: a minute after the first
 * line, two after that, and then every four. What happens in between is kept back and counted, and the next
 * line says how many times it was. The longest interval is below five minutes, so that each period of a
 * five-minute alarm has a line, and with it a metric. What has not happened for longer than the longest
 * interval is over: when it comes back, it is logged at once.
 */
export interface Episode {
  /** When a line of it was last written, monotonic milliseconds. */
  readonly loggedAt: number;
  /** When it last happened, written or not. */
  readonly seenAt: number;
  /** How long after `loggedAt` it is kept back. */
  readonly quietMs: number;
  /** How many times it was kept back since `loggedAt`. */
  readonly keptBack: number;
}

const MIN_QUIET_MS = 60_000;
const MAX_QUIET_MS = 240_000;

/**
 * Whether to log what happens at `now`, and the episode as it stands then. `keptBack` concerns the time
 * before.
 */
export function noteOccurrence(
  episode: Episode | undefined,
  now: number,
): { readonly isLogged: boolean; readonly keptBack: number; readonly episode: Episode } {
  const keptBack = episode?.keptBack ?? 0;
  if (!episode || now - episode.seenAt > MAX_QUIET_MS) {
    return { isLogged: true, keptBack, episode: { loggedAt: now, seenAt: now, quietMs: MIN_QUIET_MS, keptBack: 0 } };
  }
  if (now - episode.loggedAt < episode.quietMs) {
    return { isLogged: false, keptBack, episode: { ...episode, seenAt: now, keptBack: keptBack + 1 } };
  }
  const quietMs = Math.min(episode.quietMs * 2, MAX_QUIET_MS);
  return { isLogged: true, keptBack, episode: { loggedAt: now, seenAt: now, quietMs, keptBack: 0 } };
}
