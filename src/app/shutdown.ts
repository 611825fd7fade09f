import { setMaxListeners } from 'node:events';
import type { Failure } from '../domain/failure.ts';
import { handleSignals } from '../lib/process-signals.ts';
import type { Log } from '../ports/log.ts';
import type { CycleSignals } from '../ports/stream.ts';

export interface Shutdown extends CycleSignals {
  /** Begins the same orderly end because this process cannot go on. */
  stopFor(failure: Failure): void;
  release(): void;
}

/**
 * Turns SIGTERM and SIGINT into an orderly end: the first one stops reading and lets what was read come to
 * its end; after `timeout` milliseconds (asked then), or with a second one, everything is aborted. Nothing is
 * lost either way: the checkpoint has not moved past it.
 */
export function shutdownSignals(timeout: () => number, log: Log): Shutdown {
  const stop = new AbortController();
  const abort = new AbortController();
  setMaxListeners(0, stop.signal, abort.signal);
  let deadline: NodeJS.Timeout | undefined;

  const dropAll = (why: string) => {
    if (abort.signal.aborted) return;
    log.warn('daemon.stopping', `Dropping what is in flight: ${why}; it will be read again`);
    abort.abort(new Error(why));
  };
  const begin = (reason: Error) => {
    stop.abort(reason);
    deadline = setTimeout(() => dropAll('poller.shutdownTimeout has passed'), timeout());
  };
  const onSignal = (name: NodeJS.Signals) => {
    if (stop.signal.aborted) return dropAll(`a second ${name}`);
    log.info('daemon.stopping', `Finishing what is in flight after ${name}`, { timeoutSeconds: timeout() / 1000 });
    begin(new Error(`stopped by ${name}`));
  };
  const releaseSignals = handleSignals(onSignal);
  return {
    stop: stop.signal,
    abort: abort.signal,
    stopFor(failure) {
      log.error('daemon.stopping', failure.message, { code: failure.code, timeoutSeconds: timeout() / 1000 });
      if (!stop.signal.aborted) begin(failure);
    },
    release() {
      clearTimeout(deadline);
      releaseSignals();
    },
  };
}
