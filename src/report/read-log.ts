import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Instant } from '../domain/instant.ts';
import type { Digest } from './digest.ts';
import { readLines } from './lines.ts';
import { unwrap } from './unwrap.ts';

/** A log, or a part of one. */
export interface LogSource {
  /** Who wrote it, for lines that do not say so themselves; empty where that makes no difference. */
  readonly host: string;
  readonly open: () => AsyncIterable<Buffer>;
}

/** Reads a source to its end. Rejects where it cannot be read; what came before that is in the digest. */
export async function readLog({ open, host }: LogSource, digest: Digest): Promise<void> {
  const onBroken = () => {
    digest.lines.broken++;
  };
  for await (const texts of readLines(open(), { onTooLong: onBroken, onDamaged: onBroken })) {
    for (const text of texts) {
      const found = unwrap(text);
      if (found.kind === 'lines') for (const line of found.lines) digest.take(line, host);
      else if (text.trim() !== '') digest.lines[found.kind]++;
    }
  }
}

/**
 * The files as sources, the one with the oldest beginning first: a rotated log is named newest first by most
 * shells. What can be read only once, such as a pipe, is not looked into: it comes last, in the order given.
 */
export async function fileSources(files: readonly string[]): Promise<readonly LogSource[]> {
  const names = files.map(withoutRotation);
  const areOfOne = new Set(names).size === 1;
  const sources = files.map((file, n) => ({
    host: areOfOne ? '' : (names[n] ?? ''),
    open: () => createReadStream(file, { highWaterMark: 256 * 1024 }),
  }));
  if (files.length < 2) return sources;
  const areFiles = await Promise.all(files.map(async (file) => (await stat(file)).isFile()));
  const begun = await Promise.all(sources.map((source, n) => (areFiles[n] ? firstTime(source) : undefined)));
  return sources
    .map((source, n) => ({ source, time: begun[n] ?? Number.POSITIVE_INFINITY }))
    .toSorted((a, b) => a.time - b.time)
    .map(({ source }) => source);
}

/** `poller.log.1`, `poller.log-20261129.gz` and `poller.log` are one log. */
function withoutRotation(file: string): string {
  return file.replace(/\.(gz|json)$/, '').replace(/([.-]\d+)$/, '');
}

async function firstTime({ open }: LogSource): Promise<Instant | undefined> {
  const ignore = () => undefined;
  for await (const texts of readLines(open(), { onTooLong: ignore, onDamaged: ignore })) {
    for (const text of texts) {
      const found = unwrap(text);
      if (found.kind === 'lines') return found.lines[0]?.time;
    }
  }
  return undefined;
}
