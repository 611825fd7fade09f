import { Failure, type FailureText } from '../domain/failure.ts';
import { formatInstant, type Instant } from '../domain/instant.ts';

/**
 * Milliseconds by which a checkpoint may be ahead of the trusted time without anything being wrong: the hosts
 * of a poller may differ by some seconds, and a poller that takes a stream over finds the checkpoint of
 * another host.
 */
const MAX_AHEAD_MS = 60_000;

/**
 * Throws a Failure where a checkpoint is so far in the future that a stream would wait for it in silence, and
 * look healthy.
 */
export function assertCheckpointNotAhead(stream: string, watermark: Instant, now: Instant): void {
  assertNotAhead(watermark, now, {
    what: `The stream ${stream} reads nothing until ${formatInstant(watermark)}, where its checkpoint is`,
    remedy: `If a clock is behind, set it: reading then goes on by itself. If the checkpoint is wrong, look at \`genesys-poller checkpoint get ${stream}\`, and set it back with \`genesys-poller checkpoint set ${stream} TIME\`: what is known is not published again`,
  });
}

/**
 * Throws a Failure where a stream is to begin in the future. What it begins with is its origin for ever, so a
 * slip of the pen would be stored, and nothing before that time ever published.
 */
export function assertOriginNotAhead(stream: string, origin: Instant, now: Instant): void {
  assertNotAhead(origin, now, {
    what: `The stream ${stream} does not begin before ${formatInstant(origin)}, as its startFrom says`,
    remedy:
      'If that is intended, wait. Otherwise correct startFrom, or the clock that is behind: nothing is stored yet',
  });
}

function assertNotAhead(position: Instant, now: Instant, text: Pick<FailureText, 'what' | 'remedy'>): void {
  const ahead = position - now;
  if (ahead <= MAX_AHEAD_MS) return;
  const aheadSeconds = Math.round(ahead / 1000);
  throw new Failure({
    ...text,
    code: 'checkpoint.ahead',
    why: `by the earlier of the clocks of this host and of Genesys it is ${formatInstant(now)} now, ${aheadSeconds} s before that`,
    fields: { aheadSeconds },
  });
}
