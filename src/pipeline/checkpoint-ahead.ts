import { Failure } from '../domain/failure.ts';
import { formatInstant, type Instant } from '../domain/instant.ts';

/**
 * Milliseconds by which a checkpoint may be ahead of the trusted time without anything being wrong: the hosts
 * of a poller may differ by some seconds, and a poller that takes a stream over finds the checkpoint of
 * another host.
 */
const TOLERABLE = 60_000;

/**
 * Throws a Failure where a checkpoint is so far in the future that a stream would wait for it in silence, and
 * look healthy.
 */
export function assertCheckpointNotAhead(stream: string, watermark: Instant, now: Instant): void {
  const ahead = watermark - now;
  if (ahead <= TOLERABLE) return;
  const time = formatInstant(now);
  throw new Failure({
    code: 'checkpoint.ahead',
    what: `The stream ${stream} reads nothing until ${formatInstant(watermark)}, where its checkpoint is`,
    why: `by the earlier of the clocks of this host and of Genesys it is ${time} now, ${Math.round(ahead / 1000)} s before that`,
    remedy: `If a clock is behind, set it: reading then goes on by itself. If the checkpoint is wrong, look at \`genesys-poller checkpoint get ${stream}\`, and set it back with \`genesys-poller checkpoint set ${stream} TIME\`: what is known is not published again`,
    fields: { aheadSeconds: Math.round(ahead / 1000) },
  });
}
