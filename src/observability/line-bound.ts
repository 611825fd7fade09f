import { escapeControls } from '../domain/visible.ts';
import type { LogFields } from '../ports/log.ts';

/** Longest text; all members of a line together. In bytes of JSON. */
const MAX_TEXT_LENGTH = 2_000;
const ALL_MEMBERS = 12_000;
/** Around a member: the quotes and the colon of its name, the comma, and the `…` of a text that was cut. */
const AROUND = 10;

/** A message, cut to what fits into a line. */
export function boundText(text: string): string {
  return cut(text, MAX_TEXT_LENGTH);
}

/**
 * The members of a log line besides its message, cut so that the whole line stays below the 16 KB at which
 * Docker splits lines, whatever they hold: a character may take six bytes in JSON. A text that was cut ends
 * with `…`; an object that does not fit becomes such a text of its JSON. Short members are kept first:
 * figures survive next to a text that is far too long.
 */
export function boundMembers(members: LogFields): LogFields {
  const byLength = Object.entries(members)
    .map(([name, value]) => ({ name, value: typeof value === 'string' ? boundText(value) : holdable(value) }))
    .map((member) => ({ ...member, bytes: bytesOf(member.value) }))
    .sort((a, b) => a.bytes - b.bytes);
  const kept = new Map<string, unknown>();
  let left = ALL_MEMBERS;
  for (const { name, value, bytes } of byLength) {
    left -= bytesOf(name) + AROUND;
    if (left <= 0) break;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const fitting = bytes <= left ? value : cut(text, Math.min(left, MAX_TEXT_LENGTH));
    kept.set(name, fitting);
    left -= bytesOf(fitting);
  }
  const inOrder = Object.keys(members).filter((name) => kept.has(name));
  return Object.fromEntries(inOrder.map((name) => [name, kept.get(name)]));
}

/** The value, or a text in its place where JSON cannot hold it: a circle, a big integer. */
function holdable(value: unknown): unknown {
  try {
    return JSON.stringify(value) === undefined ? undefined : value;
  } catch {
    return String(value);
  }
}

/** As much of the beginning of a text as takes no more than `left` bytes in JSON. */
function cut(text: string, left: number): string {
  // No character takes less than a byte: what is longer need not be measured.
  let end = Math.min(text.length, left);
  for (let bytes = bytesOf(text.slice(0, end)); bytes > left; bytes = bytesOf(text.slice(0, end))) {
    end = Math.floor((end * left) / bytes);
  }
  return end < text.length ? `${text.slice(0, end)}…` : text;
}

/** The size of a value in JSON, as the log writes it; a text's without its quotes. */
function bytesOf(value: unknown): number {
  const json = escapeControls(JSON.stringify(value) ?? '');
  return Buffer.byteLength(json) - (typeof value === 'string' ? 2 : 0);
}
