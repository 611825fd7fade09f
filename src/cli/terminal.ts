import type { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { escapeControls, escapeControlsInLine } from '../domain/visible.ts';
import type { Log } from '../ports/log.ts';
import { UsageError } from './usage-error.ts';

/** A text with colours of our own. Everything else in it is escaped. */
export class Painted {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Puts texts and painted texts together. */
export function painted(strings: TemplateStringsArray, ...values: readonly (string | Painted)[]): Painted {
  return new Painted(String.raw({ raw: strings }, ...values.map(escaped)));
}

function escaped(text: string | Painted): string {
  return text instanceof Painted ? text.text : escapeControls(text);
}

/** A line, or several, on standard output. No control character of the text takes effect on a terminal. */
export function print(line: string | Painted = ''): void {
  process.stdout.write(`${escaped(line)}\n`);
}

/** Text on standard output that ends its lines itself. */
export function write(text: string): void {
  process.stdout.write(escapeControls(text));
}

/** A line on standard error: for people, and not part of what a program would read. */
export function notice(line: string): void {
  process.stderr.write(`${escapeControls(line)}\n`);
}

/** Whether the work that goes on is of use without its output. */
let outlivesOutput = false;

/**
 * For a command that changes something: from here on it goes on to its end without a reader, so that nothing
 * is left half-way and no lease is held, and its exit code says what it did.
 */
export function outliveOutput(outlives = true): void {
  outlivesOutput = outlives;
}

/**
 * What becomes of output that cannot be written. A reader may have seen enough (`| head`): then this process
 * ends too, and quietly, unless it changes something. A disk may be full: a line says so, once. If standard
 * error itself cannot be written, there is no place left to say it.
 */
export function endWithOutput(
  { stdout, stderr }: { readonly stdout: EventEmitter; readonly stderr: EventEmitter } = process,
  exit: (code: number) => void = process.exit,
  warn = notice,
): void {
  let isLost = false;
  stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE' && !isLost) {
      warn(`genesys-poller: Standard output cannot be written (${code}). The output is not complete`);
    }
    isLost = true;
    if (!outlivesOutput) exit(code === 'EPIPE' ? 0 : 1);
  });
  stderr.on('error', () => undefined);
}

/** A paint that paints only where colours are wanted. */
export function painter(wanted: boolean): (colour: 'red' | 'green' | 'yellow' | 'dim', text: string) => Painted {
  const codes = { red: 31, green: 32, yellow: 33, dim: 2 };
  return (colour, text) =>
    new Painted(wanted ? `\u001b[${codes[colour]}m${escapeControls(text)}\u001b[0m` : escapeControls(text));
}

/**
 * Lines of columns as wide as their widest cell, two blanks apart; the last one is not padded. A cell is one
 * line.
 */
export function columns(cells: readonly (readonly string[])[]): readonly string[] {
  const rows = cells.map((row) => row.map(escapeControlsInLine));
  const widths: number[] = [];
  for (const row of rows) for (const [n, cell] of row.entries()) widths[n] = Math.max(widths[n] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** A span of time as people say it, such as `2h 5m`; milliseconds. What is below a second is `0s`. */
export function spoken(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ');
}

/** Where questions are asked. */
export interface Dialogue {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/**
 * Whether the operator wants it. On a terminal the question is asked; without one only `--yes` is an answer,
 * and its absence is wrong usage: there is no person to answer. No answer at all (Ctrl-D) is a no.
 */
export async function confirm(
  question: string,
  yes: boolean,
  { input, output }: Dialogue = { input: process.stdin, output: process.stderr },
): Promise<boolean> {
  if (yes) return true;
  if (!input.isTTY || !output.isTTY) {
    throw new UsageError(`${question} There is no terminal to ask on: add --yes to do it`);
  }
  const dialogue = createInterface({ input, output });
  const hungUp = new Promise<string>((resolve) => dialogue.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([dialogue.question(`${question} [y/N] `), hungUp]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    dialogue.close();
  }
}

/**
 * How far a checkpoint is behind now: one in the future, which looks like no lag at all, is called what it
 * is.
 */
export function spokenLag(ms: number): string {
  return ms < -1_000 ? `${spoken(-ms)} ahead` : spoken(ms);
}

/** The log of a command whose standard output belongs to its result: what goes wrong is on standard error. */
export const NOTICES: Log = {
  debug() {},
  info() {},
  warn: (_event, msg) => notice(msg),
  error: (_event, msg) => notice(msg),
};
