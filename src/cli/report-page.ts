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
  else orTell(() => writeFileSync(out, page));
}

/** Fails while there is nothing to lose yet, where the page could not be written in the end. */
export function demandWritable(out: string): void {
  orTell(() => closeSync(openSync(out, 'a')));
}

function orTell(act: () => void): void {
  try {
    act();
  } catch (error) {
    throw new UsageError(`The report cannot be written: ${(error as Error).message}`);
  }
}
