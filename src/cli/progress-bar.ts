import { escapeControlsInLine } from '../domain/visible.ts';
import { type Log, logOf } from '../ports/log.ts';

/** What a terminal is to a progress bar. */
export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}

/** Characters of the bar itself, and of a line on a terminal that does not tell its width. */
const BAR = 24;
const USUAL_WIDTH = 80;
/** Back to the beginning of the line, and clear it (ECMA-48 EL). */
const CLEAR = '\r\u001b[K';

/** One line at the bottom of a terminal that is drawn again and again. */
export class ProgressBar {
  private readonly terminal: Terminal;
  private shown = '';

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  /** `fraction` is 0 to 1. What does not fit is cut off: a line that wraps could not be drawn over. */
  draw(fraction: number, text: string): void {
    const full = Math.floor(fraction * BAR);
    const percent = `${Math.floor(fraction * 100)}`.padStart(3);
    const line = `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${percent} %  ${escapeControlsInLine(text)}`;
    this.shown = line.slice(0, (this.terminal.columns ?? USUAL_WIDTH) - 1);
    this.terminal.write(CLEAR + this.shown);
  }

  /** Writes something else above the bar. */
  above(write: () => void): void {
    if (this.shown !== '') this.terminal.write(CLEAR);
    write();
    this.terminal.write(this.shown);
  }

  /** Leaves the bar as it is, on a line of its own. */
  end(): void {
    if (this.shown !== '') this.terminal.write('\n');
    this.shown = '';
  }
}

/** A bar on standard error; undefined where that is not a terminal, or one that cannot draw a line again. */
export function progressBar(): ProgressBar | undefined {
  return process.stderr.isTTY && process.env.TERM !== 'dumb' ? new ProgressBar(process.stderr) : undefined;
}

/** The log, written above the bar. */
export function logAbove(bar: ProgressBar, log: Log): Log {
  return logOf((level, ...line) => bar.above(() => log[level](...line)));
}
