import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';

const PROCESS = new URL('support/without-descriptors.ts', import.meta.url).pathname;

test('a host without a free file descriptor fails the credential_process and ends nothing: the next one runs', async (t) => {
  const limited = `ulimit -n 64; exec ${JSON.stringify(process.execPath)} --import=tsx ${JSON.stringify(PROCESS)}`;
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', limited]);
  t.deepEqual(JSON.parse(stdout), ['failed: EMFILE', 'printed: two']);
});
