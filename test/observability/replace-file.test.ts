import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { removeLeftovers, replaceFile } from '../../src/observability/replace-file.ts';

function fileIn(t: ExecutionContext): { readonly folder: string; readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-replace-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return { folder, file: join(folder, 'heartbeat.json') };
}

test('a file is replaced, may be read by all users whatever the umask, and nothing is left beside it', (t) => {
  const { folder, file } = fileIn(t);
  const umask = process.umask(0o077);
  t.teardown(() => process.umask(umask));
  replaceFile(file, 'one');
  replaceFile(file, 'two');
  t.is(readFileSync(file, 'utf8'), 'two');
  t.deepEqual(readdirSync(folder), ['heartbeat.json']);
  t.is(statSync(file).mode & 0o777, 0o644);
});

test('planted links are not followed: neither that of the old temporary name nor the file itself', (t) => {
  const { folder, file } = fileIn(t);
  const victim = join(folder, 'victim');
  writeFileSync(victim, 'precious');
  symlinkSync(victim, `${file}.tmp`);
  symlinkSync(victim, file);
  replaceFile(file, 'beat');
  t.is(readFileSync(victim, 'utf8'), 'precious');
  t.is(readFileSync(file, 'utf8'), 'beat');
});

test('a file that cannot be replaced leaves nothing behind', (t) => {
  const { folder, file } = fileIn(t);
  mkdirSync(file);
  t.throws(() => replaceFile(file, 'beat'), { code: 'EISDIR' });
  t.deepEqual(readdirSync(folder), ['heartbeat.json']);
  t.throws(() => replaceFile('/nowhere/heartbeat', 'beat'), { code: 'ENOENT' });
});

test('what a killed process has left is removed, and nothing else', (t) => {
  const { folder, file } = fileIn(t);
  const others = ['heartbeat.json', 'heartbeat.json.bak', 'heartbeat.json.tmp', 'other.0123456789ab.tmp'];
  for (const name of [...others, 'heartbeat.json.0123456789ab.tmp']) writeFileSync(join(folder, name), '');
  removeLeftovers(file);
  t.deepEqual(readdirSync(folder).sort(), others.sort());
  t.throws(() => removeLeftovers('/nowhere/heartbeat'), { code: 'ENOENT' });
});
