import { type ChildProcess, spawn } from 'node:child_process';
import { externalDataInterceptor } from '@smithy/core/config';

/** No helper prints more; characters. */
const MAX_OUTPUT_BYTES = 1_048_576;

type Done = (error: Error | null, result?: { readonly stdout: string; readonly stderr: string }) => void;

const running = new Set<ChildProcess>();

/**
 * Lets every `credential_process` of the SDK run where it can be ended: in a process group of its own,
 * since it often is a script whose own children do the waiting. The SDK starts it with `exec` and has no
 * handle to it, so one that hangs would outlive this process. The record that it takes `exec` from is the
 * SDK's own means of replacing what it reads from outside.
 */
export function makeCredentialProcessesEndable(): void {
  const record = externalDataInterceptor.getTokenRecord();
  if (record.exec === runInGroup) return;
  record.exec = runInGroup;
  process.on('exit', endCredentialProcesses);
}

/** Ends those that are running, and whatever they have started. */
export function endCredentialProcesses(): void {
  for (const { pid } of running) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended by itself, and its exit has not been heard of yet.
    }
  }
  running.clear();
}

/** What it prints on stderr may be a secret, and is not read. */
function runInGroup(command: string, done: Done): void {
  const child: ChildProcess = spawn(command, { shell: true, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  let stdout = '';
  running.add(child);
  child.on('error', (error) => {
    running.delete(child);
    done(error);
  });
  child.on('close', (code, signal) => {
    running.delete(child);
    if (code === 0) done(null, { stdout, stderr: '' });
    else done(new Error(`credential_process ended with ${signal ?? `exit code ${code}`}`));
  });
  // Without a free file descriptor there is no stdout, and the error comes with the next tick.
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    if (stdout.length > MAX_OUTPUT_BYTES) endCredentialProcesses();
  });
}
