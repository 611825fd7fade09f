import { NO_COUNTS } from '../../../src/domain/cycle-report.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

type Members = Readonly<Record<string, unknown>>;

/** A line of the log as the poller writes it. */
export function line(time: number, event: string, members: Members = {}): string {
  const { level = 'info', msg = event, poller = 'default', ...others } = members;
  return JSON.stringify({ level, time: new Date(time).toISOString(), poller, event, ...others, msg });
}

/** The line of a cycle; what is not given is what a quiet cycle has. */
export function cycle(time: number, stream: string, members: Members = {}, event = 'cycle.completed'): string {
  return line(time, event, {
    stream,
    ...(event === 'cycle.failed' && { level: 'error' }),
    windowStart: new Date(time - 6 * MINUTE).toISOString(),
    windowEnd: new Date(time - MINUTE).toISOString(),
    watermark: new Date(time - MINUTE).toISOString(),
    lagSeconds: 61,
    ...NO_COUNTS,
    genesysRequests: 2,
    durationMs: 400,
    caughtUp: event === 'cycle.completed',
    ...members,
  });
}

/** A line of one of two hosts. */
export interface HostLine {
  readonly host: string;
  readonly text: string;
}

/** Even noise between 0 and 1: the same in each run. */
function noise(n: number): number {
  const x = Math.sin(n * 12.9898) * 43_758.5453;
  return x - Math.floor(x);
}

/**
 * A working day of a contact centre, 06:00 to 18:00, on two hosts: Genesys throttles from 09:12, the first
 * host is lost at 13:20 and the second one takes over, and the configuration is reloaded at 15:05.
 */
export function workingDay(day = '2026-11-27'): readonly HostLine[] {
  const at = (clock: string) => Date.parse(`${day}T${clock}:00Z`);
  const lines: { readonly time: number; readonly host: string; readonly text: string }[] = [];
  const add = (host: string, time: number, text: string) => lines.push({ time, host, text });
  const [first, second] = ['poller-a', 'poller-b'] as const;
  const [throttled, free, caughtUp] = [at('09:12'), at('09:44'), at('09:53')];
  const [lost, takenOver] = [at('13:20'), at('13:20') + 34 * SECOND];
  const streams = ['conversations', 'event-log', 'reconciliation'];

  for (const host of [first, second])
    add(
      host,
      at('06:00'),
      line(at('06:00'), 'daemon.started', { msg: 'Polling Genesys Cloud', version: '0.1.0', streams }),
    );
  for (const [n, stream] of streams.entries()) {
    add(
      first,
      at('06:00') + n,
      line(at('06:00') + SECOND, 'lease.acquired', { stream, fence: 7, msg: `Polling ${stream} from here on` }),
    );
    add(
      second,
      takenOver + n,
      line(takenOver, 'lease.acquired', {
        stream,
        fence: 8,
        takenFrom: 'poller-a:1:c0ffee',
        msg: `Polling ${stream} from here on`,
      }),
    );
  }
  for (let n = 0, time = at('06:00') + 30 * SECOND; time < at('18:00'); n++, time += 30 * SECOND) {
    if (time > lost && time < takenOver) continue;
    const host = time <= lost ? first : second;
    const load = Math.max(0.05, Math.sin(((time - at('06:00')) / (12 * HOUR)) * Math.PI)) * (0.75 + 0.5 * noise(n));
    if (time >= throttled && time < free) {
      const lagSeconds = (time - throttled) / SECOND + 61;
      if (n % 2 === 0)
        add(
          host,
          time,
          line(time, 'genesys.throttled', {
            level: 'warn',
            code: 'genesys.throttled',
            waitMs: 55_000,
            msg: 'Genesys throttles; no request for 55 s',
          }),
        );
      if (n % 8 === 0)
        add(
          host,
          time,
          cycle(
            time,
            'conversations',
            {
              lagSeconds,
              code: 'genesys.throttled',
              repeats: 7,
              genesysRequests: 3,
              genesysThrottled: 2,
              durationMs: 29_000,
              msg: 'Genesys throttled POST /api/v2/analytics/conversations/details/query for longer than ten minutes. Lower genesys.requestsPerMinute, or find the client that shares these credentials',
            },
            'cycle.failed',
          ),
        );
      continue;
    }
    const isBehind = time >= free && time < caughtUp;
    const published = Math.round(load * (isBehind ? 420 : 95));
    const lagSeconds = isBehind
      ? Math.round((caughtUp - time) / SECOND / 0.22) + 61
      : 60 + Math.round(3 * noise(n + 7));
    add(
      host,
      time,
      cycle(time, 'conversations', {
        lagSeconds,
        conversations: published * 2,
        derived: published * 11,
        published,
        duplicates: published * 10,
        genesysRequests: isBehind ? 110 : 2 + Math.round(load * 9),
        putEventsCalls: Math.ceil(published / 10),
        dynamoCalls: Math.ceil(published / 20) + 1,
        durationMs: Math.round(500 + 4_000 * load),
        caughtUp: !isBehind,
        budgetShare: isBehind ? 0.92 : 0.02 + load * 0.1,
      }),
    );
    if (n % 2 === 0)
      add(
        host,
        time + 3_000,
        cycle(time + 3_000, 'event-log', {
          published: Math.round(load * 4),
          derived: Math.round(load * 4),
          lagSeconds: 62,
          genesysRequests: 1,
          putEventsCalls: 1,
          dynamoCalls: 1,
          durationMs: 350,
        }),
      );
    if (n % 120 === 30)
      add(
        host,
        time + 5_000,
        cycle(time + 5_000, 'reconciliation', {
          lagSeconds: (4.1 * HOUR) / SECOND,
          conversations: 4_000,
          derived: 41_000,
          duplicates: 40_990,
          published: Math.round(9 * noise(n)),
          missed: Math.round(9 * noise(n)),
          genesysRequests: 31,
          durationMs: 64_000,
        }),
      );
  }
  for (const clock of ['10:41', '16:02']) {
    const time = at(clock) + 2 * SECOND;
    add(
      clock < '13' ? first : second,
      time,
      line(time, 'event.deadLettered', {
        level: 'warn',
        stream: 'conversations',
        kind: 'record',
        id: 'f'.repeat(64),
        reason: 'no conversationId',
        msg: 'Stored as a dead letter: no conversationId',
      }),
    );
    add(
      clock < '13' ? first : second,
      time + 1,
      cycle(time + 1, 'conversations', { deadLettered: 1, conversations: 1 }),
    );
  }
  add(
    second,
    at('15:05'),
    line(at('15:05'), 'config.reloaded', {
      trigger: 'SIGHUP',
      changed: ['genesys.requestsPerMinute'],
      needsRestart: [],
      msg: 'From the next cycle on: genesys.requestsPerMinute',
    }),
  );
  add(
    second,
    at('18:00'),
    line(at('18:00'), 'daemon.stopped', { msg: 'Stopped; the next start goes on from the checkpoint' }),
  );
  return lines.toSorted((a, b) => a.time - b.time).map(({ host, text }) => ({ host, text }));
}

/** What journald makes of it, `-o json`. */
export function journald({ host, text }: HostLine): string {
  return JSON.stringify({ MESSAGE: text, _HOSTNAME: host, PRIORITY: '6', SYSLOG_IDENTIFIER: 'genesys-poller' });
}
