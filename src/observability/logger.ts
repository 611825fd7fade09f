import { type DestinationStream, type Logger, pino } from 'pino';
import { escapeControls } from '../domain/visible.ts';
import { supportsColour } from '../lib/colour.ts';
import { type Log, type LogFields, logOf } from '../ports/log.ts';
import { boundMembers, boundText } from './line-bound.ts';
import { LogOutput, type LostLines, standardOutput } from './log-output.ts';
import { terminalLine } from './terminal-line.ts';

/** Characters of a line on a terminal that does not tell its width. */
const USUAL_WIDTH = 80;

export interface LoggerOptions {
  readonly level: string;
  /** Members of every line, such as the poller's name. */
  readonly base?: LogFields;
  /** Where lines go; standard output unless given. */
  readonly destination?: DestinationStream;
}

/** A log whose level can be changed while it is in use. */
export interface AdjustableLog extends Log {
  /** Whether its lines are for people and not for programs. */
  readonly forPeople: boolean;
  setLevel(level: string): void;
  /** Resolves once every line is written, or when `giveUp` resolves. Nothing is written afterwards. */
  close(giveUp: Promise<unknown>): Promise<void>;
}

/**
 * One JSON object a line, below 16 KB; on a terminal, lines for people. Logging never waits for the reader: a
 * process that ends must close its log.
 */
export function createLog(options: LoggerOptions): AdjustableLog {
  const { destination } = options;
  if (destination) {
    const logger = jsonLogger(options, harmless(destination));
    return adjustable(logger, { forPeople: false, close: async () => undefined });
  }
  const output = new LogOutput({ fd: standardOutput(), onFlowing: (lost) => logDropped(logger, lost) });
  const forPeople = process.stdout.isTTY;
  const logger = jsonLogger(options, forPeople ? readable(output) : harmless(output));
  return adjustable(logger, { forPeople, close: (giveUp) => output.close(giveUp) });
}

/**
 * Turns lines of JSON into lines for people. The width is looked up for each line: a terminal can be resized.
 */
function readable(output: DestinationStream): DestinationStream {
  const colour = supportsColour();
  return {
    write(line) {
      const width = process.stdout.columns || USUAL_WIDTH;
      output.write(terminalLine(JSON.parse(line) as LogFields, { width, colour }));
    },
  };
}

/** JSON leaves some control characters as they are: they would take effect on the terminal of a reader. */
function harmless(output: DestinationStream): DestinationStream {
  return { write: (line) => output.write(escapeControls(line)) };
}

/** At the level that no configuration leaves out: a reader must know that lines are missing. */
function logDropped(logger: Logger, { lines, error }: LostLines): void {
  const cause = error === undefined ? 'the reader of the log was too slow' : `writing failed (${error})`;
  const fields = { lines, ...(error !== undefined && { error }) };
  const log = toLog(logger);
  log.error('log.dropped', `Lines are missing before this one: ${lines}, because ${cause}`, fields);
}

function adjustable(logger: Logger, more: Pick<AdjustableLog, 'forPeople' | 'close'>): AdjustableLog {
  return {
    ...toLog(logger),
    ...more,
    setLevel(next) {
      logger.level = next;
    },
  };
}

function jsonLogger({ level, base = {} }: LoggerOptions, stream: DestinationStream): Logger {
  return pino(
    {
      level,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // What is too much for a line has been cut by then; Pino's own limits would make holes in what has not.
      depthLimit: 10_000,
      edgeLimit: 10_000,
    },
    stream,
  );
}

function toLog(logger: Logger): Log {
  return logOf((level, event, msg, fields = {}) => logger[level]({ event, ...boundMembers(fields) }, boundText(msg)));
}
