import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readTextFile } from '../../src/config/text-file.ts';

function folderOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-text-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

const problemOf = (path: string) => {
  const file = readTextFile(path);
  return file.text === undefined ? file.problem : undefined;
};

test('a regular file is read, through a link too, and one of /proc, which has no size', (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'file'), 'grüße');
  symlinkSync(join(folder, 'file'), join(folder, 'link'));
  t.deepEqual(readTextFile(join(folder, 'link')), { text: 'grüße' });
  t.regex(readTextFile('/proc/self/status').text ?? '', /^Name:/);
});

test('a named pipe does not block the process, and is distinguished from a file', (t) => {
  const pipe = join(folderOf(t), 'pipe');
  execFileSync('mkfifo', [pipe]);
  t.is(problemOf(pipe), 'is not a regular file');
});

test('a device, a socket and a folder are no files', async (t) => {
  const socket = join(folderOf(t), 'socket');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  t.is(problemOf(socket), 'is not a regular file');
  server.close();
  t.is(problemOf('/dev/zero'), 'is not a regular file');
  t.is(problemOf(tmpdir()), 'is a directory');
});

test('a file over 1 MiB is not read, whether it says its size or not', (t) => {
  const large = join(folderOf(t), 'large');
  writeFileSync(large, 'x'.repeat(1024 * 1024));
  t.is(readTextFile(large).text?.length, 1024 * 1024);
  writeFileSync(large, 'x'.repeat(1024 * 1024 + 1));
  t.is(problemOf(large), 'is larger than 1 MiB');
});

test('a file that does not exist is missing, and any other trouble is named', (t) => {
  t.deepEqual(readTextFile('/nowhere/file'), { text: undefined, missing: true, problem: 'does not exist' });
  t.deepEqual(readTextFile(`/${'x'.repeat(300)}`), {
    text: undefined,
    missing: false,
    problem: 'cannot be read (ENAMETOOLONG)',
  });
});
