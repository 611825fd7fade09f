import type { EventEmitter } from 'node:events';
import { escapeControls } from '../domain/visible.ts';
import { Painted } from './terminal.ts';

/** What a terminal is to a screen. */
export interface ScreenTerminal extends Pick<EventEmitter, 'on' | 'off'> {
  write(text: string): unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

const ESCAPE = '\u001b';
/** ECMA-48: cursor to the top left; clear to the end of the line; clear what is below. */
const HOME = `${ESCAPE}[H`;
const END_OF_LINE = `${ESCAPE}[K`;
const BELOW = `${ESCAPE}[J`;
/** DEC private mode 25. */
const HIDE_CURSOR = `${ESCAPE}[?25l`;
const SHOW_CURSOR = `${ESCAPE}[?25h`;
/** The colours that `painter` writes: they take no column. */
const COLOUR = new RegExp(`(${ESCAPE}\\[\\d+m)`);

/**
 * The whole terminal, drawn over again and again. Each drawing is one write that clears nothing before it is
 * overwritten, so nothing flickers. A terminal of another size gets the same lines again, cut to fit.
 */
export class Screen {
  private readonly terminal: ScreenTerminal;
  private lines: readonly string[] = [];
  private readonly redraw = (): void => {
    if (this.lines.length > 0) this.draw();
  };

  constructor(terminal: ScreenTerminal) {
    this.terminal = terminal;
    terminal.write(HIDE_CURSOR);
    terminal.on('resize', this.redraw);
  }

  show(lines: readonly (string | Painted)[]): void {
    this.lines = lines.flatMap((line) => (line instanceof Painted ? line.text : escapeControls(line)).split('\n'));
    this.draw();
  }

  /** Leaves what is shown, with the cursor below it. */
  end(): void {
    this.terminal.off('resize', this.redraw);
    this.terminal.write(SHOW_CURSOR);
  }

  private draw(): void {
    const { columns = Number.POSITIVE_INFINITY, rows = Number.POSITIVE_INFINITY } = this.terminal;
    // A character in the last column, or a line end in the last row, would scroll some terminals.
    const shown = this.lines.slice(0, rows - 1).map((line) => `${cut(line, columns - 1)}${END_OF_LINE}\n`);
    this.terminal.write(`${HOME}${shown.join('')}${BELOW}`);
  }
}

/** The beginning of a line, in so many columns. All its colours stay, so that it ends as it began. */
function cut(line: string, columns: number): string {
  let left = columns;
  const parts = line.split(COLOUR).map((part, n) => {
    if (n % 2 === 1) return part;
    const kept = part.slice(0, left);
    left -= kept.length;
    return kept;
  });
  return parts.join('');
}
