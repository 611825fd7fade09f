import { handleSignals } from '../lib/process-signals.ts';

/**
 * A signal that SIGINT and SIGTERM abort, so that what was begun can be ended cleanly. A second one ends the
 * process.
 */
export function interruptible(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const release = handleSignals((name) => {
    release();
    controller.abort(new Interrupted(name));
  });
  return { signal: controller.signal, release };
}

/** Thrown when SIGINT or SIGTERM interrupts a command. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor(by: NodeJS.Signals) {
    super(`interrupted by ${by}`);
  }
}
