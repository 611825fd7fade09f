import { execFile } from 'node:child_process';
import type { Environment } from '../domain/environment.ts';
import type { Log } from '../ports/log.ts';

/** What systemd is told, by the names of sd_notify(3): `READY`, `STATUS`, `WATCHDOG`, … */
export type Assignments = Readonly<Record<string, string>>;

/** The way to systemd. */
export interface Notifier {
  /** Returns at once and never throws. */
  send(assignments: Assignments): void;
}

/** Delivers assignments, such as `READY=1`; rejects if that cannot be done, in a limited time. */
export type Deliver = (assignments: readonly string[]) => Promise<void>;

/** The program takes 4 ms; a manager whose queue is full blocks it, and must not block us. Milliseconds. */
const TIME_LIMIT = 2_000;

/**
 * Undefined unless systemd, or another service manager that sets NOTIFY_SOCKET, wants to hear from this
 * process.
 */
export function systemdNotifier(options: {
  readonly env: Environment;
  readonly log: Log;
  readonly deliver?: Deliver;
}): Notifier | undefined {
  const { env, log } = options;
  return env.NOTIFY_SOCKET ? new QueuedNotifier(options.deliver ?? bySystemdNotify(env), log) : undefined;
}

/**
 * Whether systemd restarts this process unless the process reports from time to time that all is well
 * (sd_watchdog_enabled(3)).
 */
export function watchdogWanted(env: Environment, pid: number): boolean {
  return Boolean(env.WATCHDOG_USEC) && (!env.WATCHDOG_PID || env.WATCHDOG_PID === String(pid));
}

/**
 * Node has no AF_UNIX datagram sockets, and the packages that add them compile native code. So the program
 * systemd-notify sends the messages, which needs `NotifyAccess=all` in the unit. It gets none of our
 * environment, which may hold secrets. Never `--no-block`: systemd could then no longer see whose message it
 * was.
 */
function bySystemdNotify({ NOTIFY_SOCKET, PATH }: Environment): Deliver {
  const env = { NOTIFY_SOCKET, PATH };
  return (assignments) =>
    new Promise((resolve, reject) => {
      const limits = { timeout: TIME_LIMIT, killSignal: 'SIGKILL' } as const;
      execFile('systemd-notify', [...assignments], { ...limits, env }, (error) => (error ? reject(error) : resolve()));
    });
}

/**
 * One message at a time: what comes meanwhile is put together, the latest of each name. What could not be
 * delivered is part of the next message.
 */
class QueuedNotifier implements Notifier {
  private readonly deliver: Deliver;
  private readonly log: Log;
  private waiting: Assignments = {};
  private sending = false;
  private broken = false;

  constructor(deliver: Deliver, log: Log) {
    this.deliver = deliver;
    this.log = log;
  }

  send(assignments: Assignments): void {
    this.waiting = laterOf(this.waiting, assignments);
    if (!this.sending) void this.flush();
  }

  private async flush(): Promise<void> {
    this.sending = true;
    while (Object.keys(this.waiting).length > 0) {
      const message = this.waiting;
      this.waiting = {};
      try {
        await this.deliver(Object.entries(message).map(([name, value]) => `${name}=${value}`));
        this.broken = false;
      } catch (error) {
        const nothingNew = Object.keys(this.waiting).length === 0;
        this.waiting = laterOf(message, this.waiting);
        this.report(error);
        if (nothingNew) break;
      }
    }
    this.sending = false;
  }

  private report(error: unknown): void {
    if (this.broken) return;
    this.broken = true;
    const { code, killed } = error as { readonly code?: unknown; readonly killed?: boolean };
    const why = killed ? `no answer within ${TIME_LIMIT / 1_000} s` : `${code ?? 'unknown error'}`;
    this.log.warn('systemd.unreachable', `Could not send the poller's status to systemd: systemd-notify: ${why}`, {
      error: why,
    });
  }
}

/**
 * Both, in the order in which they were said last: of READY, RELOADING and STOPPING in one message, systemd
 * takes the last.
 */
function laterOf(earlier: Assignments, later: Assignments): Assignments {
  const kept = Object.entries(earlier).filter(([name]) => !(name in later));
  return { ...Object.fromEntries(kept), ...later };
}
