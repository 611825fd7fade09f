import { readFileSync } from 'node:fs';

/** A file's text, or why it could not be read, in words that complete "the file …". */
export type TextFile =
  | { readonly text: string }
  | { readonly text: undefined; readonly missing: boolean; readonly problem: string };

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'may not be read by this user',
  EISDIR: 'is a directory',
};

/** Reads a small UTF-8 file whole. Never throws. */
export function readTextFile(path: string): TextFile {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const problem = REASONS[code] ?? `cannot be read (${code})`;
    return { text: undefined, missing: problem === REASONS.ENOENT, problem };
  }
}
