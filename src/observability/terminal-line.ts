import { escapeControls, escapeControlsInLine } from '../domain/visible.ts';

/** The terminal as it is when a line is written. */
export interface TerminalShape {
  /** Characters. */
  readonly width: number;
  readonly colour: boolean;
}

type Colour = 'red' | 'green' | 'yellow' | 'dim';
type Members = Readonly<Record<string, unknown>>;

/** SGR parameters of ECMA-48. */
const CODES: Readonly<Record<Colour, number>> = { red: 31, green: 32, yellow: 33, dim: 2 };
const LEVELS: Readonly<Record<string, Colour>> = { debug: 'dim', warn: 'yellow', error: 'red' };
/** Characters of a time such as `17:04:12` and the gap behind it: what belongs to it is indented by that. */
const INDENT = 10;
const GAP = '  ';
/** Characters of the longest name of a polled stream. */
const STREAM = 14;
/** A terminal that is narrower wraps by itself: words of the text would have no space left. */
const NARROWEST = 30;

/**
 * A part of a cycle's line. Parts with a `rank` are left out where the line is too long, the highest rank
 * first.
 */
interface Part {
  readonly text: string;
  readonly colour?: Colour;
  readonly rank?: number;
}

/**
 * A line of the log for people, with its line feed: one line for a cycle, and for all else its message, which
 * is wrapped at the width of the terminal. `line` holds the members of the JSON line.
 */
export function terminalLine(line: Members, shape: TerminalShape): string {
  const lines = line.event === 'cycle.completed' ? [cycleLine(line, shape)] : messageLines(line, shape);
  return lines.map((one) => `${one}\n`).join('');
}

function cycleLine(line: Members, shape: TerminalShape): string {
  const all = partsOf(line);
  const byRank = all.filter(({ rank }) => rank !== undefined).sort((a, b) => (b.rank ?? 0) - (a.rank ?? 0));
  let parts: readonly Part[] = all;
  for (const least of byRank) {
    if (lengthOf(parts) <= shape.width) break;
    parts = parts.filter((part) => part !== least);
  }
  if (lengthOf(parts) <= shape.width) return parts.map((part) => paint(part.text, part.colour, shape)).join(GAP);
  return cut(parts.map(({ text }) => text).join(GAP), shape.width);
}

function partsOf(line: Members): readonly Part[] {
  const published = numberOf(line.published);
  const extra = (member: string, what: string, colour: Colour): readonly Part[] =>
    numberOf(line[member]) > 0 ? [{ text: `${numberOf(line[member])} ${what}`, colour, rank: 0 }] : [];
  return [
    { text: timeOf(line), colour: 'dim' },
    { text: shownText(line.stream).padEnd(STREAM) },
    { text: windowOf(line), colour: 'dim', rank: 3 },
    { text: `${padded(line.conversations)} records`, rank: 1 },
    { text: `${padded(line.published)} published`, ...(published > 0 && { colour: 'green' as const }) },
    { text: `${padded(line.duplicates)} known`, colour: 'dim', rank: 2 },
    { text: `lag ${numberOf(line.lagSeconds).toFixed(1)} s` },
    ...extra('missed', 'missed live', 'dim'),
    ...extra('tooOld', 'too old', 'yellow'),
    ...extra('deadLettered', 'dead letters', 'red'),
    ...(line.caughtUp === true ? [] : [{ text: 'catching up', colour: 'yellow' as const, rank: 0 }]),
  ];
}

/** `11-29 16:03:10 – 16:04:11`; the day of the end too where it is another. */
function windowOf({ windowStart, windowEnd }: Members): string {
  const [start, end] = [shownText(windowStart), shownText(windowEnd)].map((time) =>
    time.slice(5, 19).replace('T', ' '),
  );
  if (!start || !end) return '';
  return `${start} – ${start.slice(0, 5) === end.slice(0, 5) ? end.slice(6) : end}`;
}

/** The message, which has the remedy in it, below the time and the stream that it is about. */
function messageLines(line: Members, { width, colour }: TerminalShape): readonly string[] {
  const message = escapeControls(String(line.msg ?? ''));
  const stream = shownText(line.stream);
  const about = message.includes(stream) ? '' : `${stream}: `;
  const code = typeof line.code === 'string' ? ` [${shownText(line.code)}]` : '';
  const repeats = numberOf(line.repeats) > 0 ? ` (${numberOf(line.repeats)} times more before this line)` : '';
  const space = Math.max(width, NARROWEST) - INDENT;
  const lines = wrapped(`${about}${message}${repeats}${code}`, space);
  const stack = typeof line.stack === 'string' ? escapeControls(line.stack).split('\n').slice(1) : [];
  const shape = { width, colour };
  const [first = '', ...others] = lines.map((one) => paint(one, LEVELS[String(line.level)], shape));
  const indent = ' '.repeat(INDENT);
  return [
    `${paint(timeOf(line), 'dim', shape)}${GAP}${first}`,
    ...others.map((one) => indent + one),
    ...stack.map((one) => indent + paint(cut(one.trim(), space), 'dim', shape)),
  ];
}

/** Lines of at most `width` characters, broken between words. A longer word is cut into pieces. */
function wrapped(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let current = '';
    for (const word of paragraph.split(' ').flatMap((one) => piecesOf(one, width))) {
      if (current === '') current = word;
      else if (current.length + 1 + word.length <= width) current += ` ${word}`;
      else {
        lines.push(current);
        current = word;
      }
    }
    return [...lines, current];
  });
}

function piecesOf(word: string, width: number): readonly string[] {
  const pieces: string[] = [];
  for (let at = 0; at < word.length; at += width) pieces.push(word.slice(at, at + width));
  return pieces;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function lengthOf(parts: readonly Part[]): number {
  return parts.map(({ text }) => text).join(GAP).length;
}

function paint(text: string, colour: Colour | undefined, shape: TerminalShape): string {
  return shape.colour && colour && text !== '' ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
}

function timeOf({ time }: Members): string {
  return shownText(time).slice(11, 19);
}

function shownText(member: unknown): string {
  return typeof member === 'string' ? escapeControlsInLine(member) : '';
}

function numberOf(member: unknown): number {
  return typeof member === 'number' ? member : 0;
}

function padded(member: unknown): string {
  return String(numberOf(member)).padStart(5);
}
