#!/usr/bin/env node
import { closeSync, openSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { EXIT_FAILED } from './cli/exit-codes.ts';
import { handleSignals } from './lib/process-signals.ts';

/** Loading the program opens about 70 at a time on Node 20; connections and the log come after that. */
const OPEN_FILES = 96;
const isDaemon = process.argv[2] === 'run';

// This file imports little, so that signals are handled before the rest of the program is loaded. As long as
// no command handles them, they end the process: for the daemon that is an orderly stop.
handleSignals(() => process.exit(isDaemon ? 0 : EXIT_FAILED));
// The daemon has not read its configuration yet, or no longer needs it: there is nothing to reload. Any other
// command ends cleanly when its terminal hangs up, so that no lease and no daemon of a sandbox is left.
process.on('SIGHUP', () => {
  if (!isDaemon) process.kill(process.pid, 'SIGTERM');
});

/** For sockets to close cleanly once a command has ended and its output was taken, milliseconds. */
const GRACE = 1_000;

// Where memory is plentiful V8 lets garbage pile up to several times what is in use. Read at every
// collection, so not too late here.
setFlagsFromString('--heap-growing-percent=30');

if (mayOpenFiles()) {
  const { start } = await import('./cli/start.ts');
  process.exitCode = await start(new URL('../package.json', import.meta.url));
} else {
  process.stderr.write(
    'genesys-poller: The program cannot be loaded: this process may open too few files. ' +
      'Raise the limit to 1024 or more (ulimit -n, LimitNOFILE= of a systemd unit, --ulimit nofile= of a container)\n',
  );
  process.exitCode = EXIT_FAILED;
}
// Node does not wait for a pipe that is full: `genesys-poller … | less` would lose what is not read yet.
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
// The command has ended: what still hangs (a connection, a helper program for credentials) is waited for no
// longer.
setTimeout(() => process.exit(), GRACE).unref();

/** Resolves once all output was taken, or cannot be. */
function flushed(output: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (output.writableLength === 0) resolve();
    else output.write('', () => resolve());
  });
}

/**
 * Checked before loading: if the limit is reached while modules load, Node names the file, not the limit.
 */
function mayOpenFiles(): boolean {
  const opened: number[] = [];
  try {
    while (opened.length < OPEN_FILES) opened.push(openSync(new URL(import.meta.url), 'r'));
    return true;
  } catch {
    return false;
  } finally {
    for (const file of opened) closeSync(file);
  }
}
