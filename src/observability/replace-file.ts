import { randomBytes } from 'node:crypto';
import { closeSync, fchmodSync, openSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The name of a new file: that of the file, and 48 random bits, so that no link can be planted under it. */
const BESIDE = /^\.[0-9a-f]{12}\.tmp$/;

/**
 * Replaces a file by another with this text: whole, so that a reader never sees half of one. The new file is
 * made beside it, and only as a file that did not exist (O_EXCL follows no link). Everybody may read it,
 * whatever the umask: a monitoring agent is another user, and the umask of a service is strict. Throws the
 * system's error, and then leaves nothing behind.
 */
export function replaceFile(file: string, text: string): void {
  const beside = nameBeside(file);
  const opened = openSync(beside, 'wx', 0o644);
  try {
    try {
      writeFileSync(opened, text);
      fchmodSync(opened, 0o644);
    } finally {
      closeSync(opened);
    }
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Whether a file could be replaced, tried beside it: the file stays as it is. Throws the system's error. */
export function tryReplacing(file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
  const beside = nameBeside(file);
  closeSync(openSync(beside, 'wx', 0o644));
  rmSync(beside);
}

function nameBeside(file: string): string {
  return `${file}.${randomBytes(6).toString('hex')}.tmp`;
}

/** Removes what a process that was killed has left beside the file. Throws the system's error. */
export function removeLeftovers(file: string): void {
  const folder = dirname(file);
  const name = basename(file);
  for (const other of readdirSync(folder)) {
    if (other.startsWith(name) && BESIDE.test(other.slice(name.length))) rmSync(join(folder, other), { force: true });
  }
}
