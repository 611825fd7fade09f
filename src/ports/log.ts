/** Members of a log line besides level, time, event and msg. Never a secret, never a token. */
export type LogFields = Readonly<Record<string, unknown>>;

/** `event` is the stable name that operators script against; `msg` is for people and may be reworded. */
export interface Log {
  debug(event: string, msg: string, fields?: LogFields): void;
  info(event: string, msg: string, fields?: LogFields): void;
  warn(event: string, msg: string, fields?: LogFields): void;
  error(event: string, msg: string, fields?: LogFields): void;
}
