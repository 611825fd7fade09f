/** Members of a log line besides level, time, event and msg. Never a secret, never a token. */
export type LogFields = Readonly<Record<string, unknown>>;

/** `event` is the stable name that operators script against; `msg` is for people and may be reworded. */
export interface Log {
  debug(event: string, msg: string, fields?: LogFields): void;
  info(event: string, msg: string, fields?: LogFields): void;
  warn(event: string, msg: string, fields?: LogFields): void;
  error(event: string, msg: string, fields?: LogFields): void;
}

export type Level = keyof Log;

/** A log whose lines of every level go one way. */
export function logOf(write: (level: Level, event: string, msg: string, fields?: LogFields) => void): Log {
  const at =
    (level: Level): Log[Level] =>
    (...line) =>
      write(level, ...line);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** For the parts of a command that prints what it does: their lines go nowhere. */
export const SILENT: Log = logOf(() => undefined);

/** Adds these members to every line; a line's own members win. */
export function withFields(log: Log, members: LogFields): Log {
  return logOf((level, event, msg, fields) => log[level](event, msg, { ...members, ...fields }));
}
