import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

for (const [how, end] of [
  ['loses the reader of its output', (sandbox: ChildProcess) => void sandbox.stdout?.destroy()],
  ['is interrupted again and again', (sandbox: ChildProcess) => void sandbox.kill('SIGINT')],
  ['loses its terminal', (sandbox: ChildProcess) => void sandbox.kill('SIGHUP')],
] as const) {
  test.serial(`a sandbox that ${how} leaves neither its daemon nor its files`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'genesys-poller-test-'));
    t.teardown(() => rm(folder, { recursive: true }));
    const sandbox = spawn(process.execPath, [MAIN, 'sandbox'], {
      env: { PATH: process.env.PATH, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.teardown(() => sandbox.kill('SIGKILL'));
    const ended = once(sandbox, 'exit');
    const daemon = await daemonOf(sandbox);
    t.teardown(() => spawnSync('kill', ['-9', String(daemon)]));
    t.true(isRunning(daemon));
    t.is((await readdir(folder)).length, 1);
    // The first signal asks for an end in order, and a second one may come before that was heard.
    const again = setInterval(() => end(sandbox), 200);
    await ended;
    clearInterval(again);
    while (isRunning(daemon)) await delay(50);
    t.deepEqual(await readdir(folder), []);
  });
}

/** The process that the sandbox names. */
async function daemonOf({ stdout }: ChildProcess): Promise<number> {
  if (stdout) {
    for await (const line of createInterface({ input: stdout })) {
      const pid = /the daemon is process (\d+)/.exec(line)?.[1];
      if (pid !== undefined) return Number(pid);
    }
  }
  throw new Error('the sandbox has named no daemon');
}

/** Not so for a process that has ended and was not waited for. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}
