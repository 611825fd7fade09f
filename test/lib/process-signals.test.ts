import test from 'ava';
import { shutdownSignals } from '../../src/app/shutdown.ts';
import { interruptible } from '../../src/cli/interrupt.ts';
import { handleSignals } from '../../src/lib/process-signals.ts';
import { recordedLog } from '../support/recorded-log.ts';

// Handlers belong to the process: one test at a time.
const raise = (name: NodeJS.Signals) => process.emit(name, name);

test.serial('the last handler acts, and after its release the one before it', (t) => {
  const heard: string[] = [];
  const releaseFirst = handleSignals((name) => heard.push(`first ${name}`));
  const releaseSecond = handleSignals((name) => heard.push(`second ${name}`));
  raise('SIGTERM');
  releaseSecond();
  releaseSecond();
  raise('SIGINT');
  releaseFirst();
  raise('SIGTERM');
  t.deepEqual(heard, ['second SIGTERM', 'first SIGINT']);
  t.is(process.listenerCount('SIGTERM') + process.listenerCount('SIGINT'), 0);
});

test.serial('an interrupted command leaves the second signal to the program', (t) => {
  let ended = 0;
  const release = handleSignals(() => ended++);
  const { signal } = interruptible();
  raise('SIGINT');
  t.true(signal.aborted);
  t.is(ended, 0);
  raise('SIGINT');
  t.is(ended, 1);
  release();
});

test.serial('a first signal stops, a second one drops what is in flight', (t) => {
  const log = recordedLog();
  const signals = shutdownSignals(() => 60_000, log);
  raise('SIGTERM');
  t.deepEqual([signals.stop.aborted, signals.abort.aborted], [true, false]);
  raise('SIGINT');
  t.true(signals.abort.aborted);
  signals.release();
  t.is(process.listenerCount('SIGTERM'), 0);
});
