import type { Log, LogFields } from '../../src/ports/log.ts';
import type { RequestContext, Traffic } from '../../src/ports/request-context.ts';

/** A call that is never aborted, unless a signal is given, with its traffic counted. */
export function testContext(
  signal: AbortSignal = new AbortController().signal,
): RequestContext & { counts: Record<Traffic, number> } {
  const counts: Record<Traffic, number> = {
    genesysRequests: 0,
    genesysThrottled: 0,
    putEventsCalls: 0,
    dynamoCalls: 0,
    tooLate: 0,
  };
  return { signal, counts, count: (what) => void counts[what]++ };
}

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
