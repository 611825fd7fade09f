/**
 * A process that has no file descriptor left runs a credential_process, and another once it has some again.
 * What came of both is its output. To be run where few descriptors are allowed.
 */
import { closeSync, openSync } from 'node:fs';
import { externalDataInterceptor } from '@smithy/core/config';
import { makeCredentialProcessesEndable } from '../../../src/aws/credential-process.ts';

makeCredentialProcessesEndable();

function run(command: string): Promise<string> {
  const { exec } = externalDataInterceptor.getTokenRecord();
  return new Promise((resolve) => {
    exec(command, (error: NodeJS.ErrnoException | null, result?: { readonly stdout: string }) => {
      resolve(error ? `failed: ${error.code ?? error.message}` : `printed: ${result?.stdout.trim()}`);
    });
  });
}

const taken: number[] = [];
try {
  for (;;) taken.push(openSync('/dev/null', 'r'));
} catch {
  // None is left.
}
const without = await run('echo one');
for (const descriptor of taken) closeSync(descriptor);
const again = await run('echo two');
process.stdout.write(JSON.stringify([without, again]));
