import type { Log, LogFields } from '../../src/ports/log.ts';

/** A log that keeps its lines. */
export interface RecordedLog extends Log {
  readonly lines: ({ level: string; event: string; msg: string } & LogFields)[];
}

export function recordedLog(): RecordedLog {
  const lines: RecordedLog['lines'] = [];
  const at =
    (level: string) =>
    (event: string, msg: string, fields: LogFields = {}) =>
      void lines.push({ ...fields, level, event, msg });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
