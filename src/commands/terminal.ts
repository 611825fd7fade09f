import { createInterface } from 'node:readline/promises';
import { UsageError } from './usage-error.ts';

/** A line on standard output. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** A line on standard error: for people, and not part of what a program would read. */
export function remark(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Whoever reads our output may have seen enough (`| head`): then this process ends too, and quietly. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

/** Colours are for terminals, unless NO_COLOR (no-color.org) or a terminal without any says otherwise. */
export function colourful(stream: NodeJS.WriteStream = process.stdout, env = process.env): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** A paint that paints only where colours are wanted. */
export function painter(wanted: boolean): (colour: 'red' | 'green' | 'yellow' | 'dim', text: string) => string {
  const codes = { red: 31, green: 32, yellow: 33, dim: 2 };
  return (colour, text) => (wanted ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text);
}

/** Lines of columns as wide as their widest cell, two blanks apart; the last one is not padded. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
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
 * Whether the operator wants it. On a terminal the question is asked; without one only `--yes` is an answer, and its absence is
 * wrong usage: nobody is there to be asked. No answer at all (Ctrl-D) is a no.
 */
export async function confirmed(
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
