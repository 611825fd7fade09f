import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/**
 * The longest line that is read, bytes. The poller's are below 16 KB; as journald's list of bytes they take
 * five times as much, and a collector may put some hundreds of them into one.
 */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const LINE_FEED = 10;

export interface LineOptions {
  /** Called for each line that is too long to be read. It is skipped. */
  readonly onTooLong: () => void;
  /** Called where gzip data are damaged or cut off. The lines before that are read, and none after. */
  readonly onDamaged: () => void;
  /** Bytes. */
  readonly longest?: number;
}

/**
 * The lines of a log, those of one chunk at a time; gzip is recognised by its first bytes, not by a name.
 * Memory does not depend on the length of the log or of a line. Rejects where the source does.
 */
export async function* readLines(
  source: AsyncIterable<Buffer>,
  { onTooLong, onDamaged, longest = MAX_LINE_BYTES }: LineOptions,
): AsyncGenerator<readonly string[], void, void> {
  let begun: Buffer[] = [];
  let length = 0;
  const add = (piece: Buffer) => {
    length += piece.length;
    // What is too long is not kept: its length alone says so when its end comes.
    if (length > longest) begun = [];
    else if (piece.length > 0) begun.push(piece);
  };
  const end = (): string[] => {
    const line = length > longest ? undefined : Buffer.concat(begun).toString('utf8');
    begun = [];
    length = 0;
    if (line === undefined) onTooLong();
    return line === undefined ? [] : [line];
  };
  for await (const chunk of decompressed(source, onDamaged)) {
    const lines: string[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      if (length === 0 && at - from <= longest) lines.push(chunk.toString('utf8', from, at));
      else {
        add(chunk.subarray(from, at));
        lines.push(...end());
      }
      from = at + 1;
    }
    add(chunk.subarray(from));
    yield lines;
  }
  if (length > 0) yield end();
}

async function* decompressed(source: AsyncIterable<Buffer>, onDamaged: () => void): AsyncGenerator<Buffer, void, void> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    const first = await chunks.next();
    if (first.done) return;
    const whole = startingWith(first.value, chunks);
    if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) yield* whole;
    // An error reaches the reader through the iteration.
    else yield* pipeline(Readable.from(whole), createGunzip(), () => undefined);
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith('Z_')) throw error;
    onDamaged();
  } finally {
    await chunks.return?.();
  }
}

async function* startingWith(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void, void> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
