import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** The text of a file, or why it could not be read, in words that complete "the file …". */
type TextFile =
  | { readonly text: string }
  | { readonly text: undefined; readonly missing: boolean; readonly problem: string };

/** Bytes. The longest sensible configuration has some 10 KB. */
const MAX_BYTES = 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'may not be read by this user: change its owner or mode',
  EISDIR: 'is a directory',
  // Opening a socket.
  ENXIO: 'is not a regular file',
};

/**
 * Reads a small UTF-8 file whole. Never throws, and never waits: a named pipe without a writer would block
 * the process. It checks the opened file and not the path, which may name another file by then.
 */
export function readTextFile(path: string): TextFile {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = fstatSync(file);
      if (found.isDirectory()) return unreadable('is a directory');
      if (!found.isFile()) return unreadable('is not a regular file');
      const bytes = found.size <= MAX_BYTES ? readFileSync(file) : undefined;
      // The files of /proc have no size, and other files may grow.
      if (bytes === undefined || bytes.length > MAX_BYTES) return unreadable('is larger than 1 MiB');
      return { text: bytes.toString('utf8') };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return unreadable(REASONS[code] ?? `cannot be read (${code})`);
  }
}

function unreadable(problem: string): TextFile {
  return { text: undefined, missing: problem === REASONS.ENOENT, problem };
}
