import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { Log, LogFields } from '../ports/log.ts';
import { boundMembers, boundText } from './line-bound.ts';

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
}

/** One JSON object a line, below 16 KB; on a terminal, lines for people. Written synchronously: no line is lost at the end. */
export function createLog({ level, base = {}, destination }: LoggerOptions): AdjustableLog {
  const forPeople = destination === undefined && process.stdout.isTTY;
  const stream = forPeople
    ? pretty({
        sync: true,
        colorize: process.env.NO_COLOR === undefined,
        singleLine: true,
        ignore: 'event,poller',
        messageFormat: '{event}  {msg}',
      })
    : (destination ?? pino.destination({ dest: 1, sync: true }));
  const logger = pino(
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
  return {
    ...toLog(logger),
    forPeople,
    setLevel(next) {
      logger.level = next;
    },
  };
}

function toLog(logger: Logger): Log {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, msg: string, fields: LogFields = {}) =>
      logger[level]({ event, ...boundMembers(fields) }, boundText(msg));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
