import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { Log, LogFields } from '../ports/log.ts';

export interface LoggerOptions {
  readonly level: string;
  /** Members of every line, such as the poller's name. */
  readonly base?: LogFields;
  /** Where lines go; standard output unless given. */
  readonly destination?: DestinationStream;
}

/** Longest text of a member: with a handful of them a line stays below the 16 KB at which Docker splits lines. */
const LONGEST_TEXT = 2_000;

/** One JSON object a line; on a terminal, lines for people. Written synchronously: no line is lost at the end. */
export function createLog({ level, base = {}, destination }: LoggerOptions): Log {
  const onTerminal = destination === undefined && process.stdout.isTTY;
  const stream = onTerminal
    ? pretty({
        sync: true,
        colorize: process.env.NO_COLOR === undefined,
        ignore: 'event',
        messageFormat: '{event}  {msg}',
      })
    : (destination ?? pino.destination({ dest: 1, sync: true }));
  const logger = pino(
    {
      level,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return toLog(logger);
}

function toLog(logger: Logger): Log {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, msg: string, fields: LogFields = {}) =>
      logger[level]({ event, ...shortened(fields) }, cut(msg));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function shortened(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? cut(value) : value]),
  );
}

function cut(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}
