import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { schemaFile } from '../../src/schema/files.ts';
import { Fifo } from '../support/fifo.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/**
 * SIGHUP in SigCgt of /proc/PID/status. Node acts on SIGTERM itself while it starts; SIGHUP is what the
 * program asks for next.
 */
const SIGHUP_CAUGHT = 1n;

/**
 * Nothing listens at these addresses: the daemon starts, polls and fails, and nothing leaves this machine.
 */
const ENV = {
  PATH: process.env.PATH ?? '',
  GENESYS_CLIENT_ID: 'client',
  GENESYS_CLIENT_SECRET: 'secret',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
  AWS_ENDPOINT_URL_EVENTBRIDGE: 'http://127.0.0.1:1',
};
const CONFIG = fileURLToPath(new URL('fixtures/unreachable.json', import.meta.url));

function start(args: readonly string[], [program = '', ...before]: readonly string[] = [process.execPath]) {
  const child = spawn(program, [...before, MAIN, ...args], { env: ENV, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  child.stdout.resume();
  const ended = new Promise<{ code: number | null; signal: string | null; stderr: string }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stderr }));
  });
  return { child, ended };
}

/**
 * The program's first statements have run. Before them Node itself starts, and no program can act on a
 * signal.
 */
async function hasBegun({ pid }: ChildProcess): Promise<void> {
  const isBegun = () => {
    // Until the new process has become Node, it shows what its parent catches.
    if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(MAIN)) return false;
    const [, caught = '0'] = /^SigCgt:\s*(\w+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return (BigInt(`0x${caught}`) & SIGHUP_CAUGHT) !== 0n;
  };
  while (!isBegun()) await turn();
}

for (let step = 0; step < 25; step++) {
  test.serial(`SIGTERM ${step * 40} ms after the first statement ends the daemon in order`, async (t) => {
    const { child, ended } = start(['run', '--config', CONFIG]);
    await hasBegun(child);
    await wait(step * 40);
    child.kill('SIGTERM');
    t.deepEqual(await ended, { code: 0, signal: null, stderr: '' });
  });
}

test('SIGHUP during the start is no reason to end', async (t) => {
  const { child, ended } = start(['run', '--config', CONFIG]);
  await hasBegun(child);
  child.kill('SIGHUP');
  child.kill('SIGTERM');
  t.deepEqual(await ended, { code: 0, signal: null, stderr: '' });
});

for (const files of [24, 40, 50, 60, 64]) {
  test(`with a limit of ${files} open files the program says what to raise`, async (t) => {
    const command = `ulimit -n ${files}; exec "$0" "$@"`;
    const { ended } = start(['once', '--config', CONFIG], ['/bin/sh', '-c', command, process.execPath]);
    const { code, stderr } = await ended;
    t.is(code, 1);
    t.regex(stderr, /^genesys-poller: The program cannot be loaded: .* Raise the limit to 1024 .*\n$/);
  });
}

/** Longer than an ended command waits for anything but its reader, milliseconds. */
const SLOW_READER = 2_500;

test('a reader that takes its time gets all output of a command', async (t) => {
  const fifo = new Fifo();
  t.teardown(() => fifo.close());
  const stdio: StdioOptions = ['ignore', fifo.writer('blocking'), 'inherit'];
  const child = spawn(process.execPath, [MAIN, 'schema', '--asyncapi'], { env: ENV, stdio });
  let isRunning = true;
  const ended = new Promise((resolve) => {
    child.once('exit', (code) => {
      isRunning = false;
      resolve(code);
    });
  });
  await wait(SLOW_READER);
  let text = '';
  for (; isRunning; await wait(20)) text += fifo.read();
  text += fifo.read();
  t.is(await ended, 0);
  t.is(text.length, Buffer.byteLength(schemaFile('asyncapi.yaml')));
});
