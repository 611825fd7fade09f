import { closeSync, openSync, writeFileSync } from 'node:fs';
import type { Digest } from '../report/digest.ts';
import { renderPage } from '../report/page.ts';
import { pageModel } from '../report/page-model.ts';
import { pageParts } from '../report/page-parts.ts';
import { UsageError } from './usage-error.ts';

/** Writes the page of a log that has been read to its end: into a file, or to standard output. */
export function writePage(digest: Digest, out: string | undefined, version: string): void {
  const page = renderPage(pageModel(digest, { at: Date.now(), version }), pageParts());
  if (out === undefined) process.stdout.write(page);
  else asUsageError(() => writeFileSync(out, page));
}

/** Throws a UsageError if the page could not be written. Called before any work is done. */
export function assertWritable(out: string): void {
  asUsageError(() => closeSync(openSync(out, 'a')));
}

function asUsageError(act: () => void): void {
  try {
    act();
  } catch (error) {
    throw new UsageError(`The report cannot be written: ${(error as Error).message}`);
  }
}
