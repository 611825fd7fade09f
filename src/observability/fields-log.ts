import type { Log, LogFields } from '../ports/log.ts';

/** A log whose every line bears these members too; a line's own come first. */
export function withFields(log: Log, members: LogFields): Log {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, msg: string, fields: LogFields = {}) =>
      log[level](event, msg, { ...members, ...fields });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
