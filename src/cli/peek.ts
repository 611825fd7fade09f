import { peekAtStreams } from '../app/peek.ts';
import { loadConfig } from '../config/load.ts';
import { futureProblem } from '../domain/instant.ts';
import { systemClock as clock } from '../lib/system-clock.ts';
import { quietLog } from '../observability/quiet-log.ts';
import { interruptible } from './interrupt.ts';
import { NOTICES, notice, write } from './terminal.ts';
import { timestampOf } from './timestamp.ts';
import { UsageError } from './usage-error.ts';

/**
 * Writes what would be published to standard output, a line of JSON an event, and writes nothing anywhere
 * else. From now on until Ctrl-C; with `since` from then until now, and on from there only with `follow`.
 * Resolves to the exit code.
 */
export async function peek(options: {
  readonly config?: string | undefined;
  readonly since?: string | undefined;
  readonly follow?: boolean | undefined;
}): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env });
  const now = clock.now();
  const since = timestampOf(options.since ?? 'now', now);
  const problem = futureProblem('--since', since, now);
  if (problem !== undefined) throw new UsageError(problem);
  const { signal, release } = interruptible();
  const outcomes = await peekAtStreams({
    config,
    log: quietLog({ log: NOTICES, clock }),
    clock,
    since,
    follow: options.follow ?? options.since === undefined,
    signal,
    write,
    onDeadLetter: ({ reason, conversationId }) =>
      notice(`would become a dead letter${conversationId ? ` (conversation ${conversationId})` : ''}: ${reason}`),
  });
  release();
  if (outcomes.length === 0) notice('Neither conversations nor the event log is enabled: there is nothing to peek at');
  return outcomes.some(({ status }) => status === 'failed') ? 1 : 0;
}
