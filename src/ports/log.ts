/** Members of a log line besides level, time, event and msg. Never a secret, never a token. */
export type LogFields = Readonly<Record<string, unknown>>;

/** `event` is the stable name that operators script against; `msg` is for people and may be reworded. */
export interface Log {
  debug(event: string, msg: string, fields?: LogFields): void;
  info(event: string, msg: string, fields?: LogFields): void;
  warn(event: string, msg: string, fields?: LogFields): void;
  error(event: string, msg: string, fields?: LogFields): void;
}

/** A log whose every line bears these members too; a line's own come first. */
export function withFields(log: Log, members: LogFields): Log {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, msg: string, fields: LogFields = {}) =>
      log[level](event, msg, { ...members, ...fields });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
