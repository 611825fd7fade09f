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
      const fitting = beginning(chunk, Math.min(most - kept, size));
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
  const { read } = new TextEncoder().encodeInto(text, Buffer.allocUnsafe(most));
  return text.slice(0, read);
}
