import { createHash } from 'node:crypto';

/** A text, or as much of its beginning as fits. */
export interface Cut {
  readonly text: string;
  /** Of a text that was cut: its size in UTF-8 and its SHA-256 as it was. */
  readonly whole?: Whole;
}

export interface Whole {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Keeps the first `most` bytes in UTF-8 of a text that comes in chunks, and what tells the whole: it never
 * holds more than what it keeps and one chunk. Chunks end between characters.
 */
export function cutChunks(write: (take: (chunk: string) => void) => void, most: number): Cut {
  const sum = createHash('sha256');
  let text = '';
  let kept = 0;
  let bytes = 0;
  write((chunk) => {
    sum.update(chunk);
    const size = Buffer.byteLength(chunk);
    // After the first chunk that did not fit nothing is kept, or the beginning would have a hole.
    if (kept === bytes) {
      const fitting = size <= most - kept ? chunk : beginning(chunk, most - kept);
      text += fitting;
      kept += Buffer.byteLength(fitting);
    }
    bytes += size;
  });
  return kept === bytes ? { text } : { text, whole: { bytes, sha256: sum.digest('hex') } };
}

export function cutText(text: string, most: number): Cut {
  return cutChunks((take) => take(text), most);
}

/** The first characters that take no more than `most` bytes. */
function beginning(text: string, most: number): string {
  // No character takes less than a byte: what is longer need not be encoded.
  const bytes = Buffer.from(text.slice(0, most + 1));
  let end = Math.min(most, bytes.length);
  while (end > 0 && isContinuation(bytes[end])) end--;
  return bytes.toString('utf8', 0, end);
}

/** Whether a byte goes on with a character that began before it. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
