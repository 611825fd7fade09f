import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A line of the daemon's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event?: string };

export interface DaemonOptions {
  /** The program's own main module. */
  readonly main: string;
  readonly configFile: string;
  /** Added to what the daemon needs to run at all; the caller's own credentials are kept away from it. */
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: LogLine) => void;
  /** Called when the process ends unasked. */
  readonly onDeath: (how: string) => void;
}

/** The real daemon in a process of its own, that can be killed and started again. */
export class DaemonProcess {
  private readonly options: DaemonOptions;
  private child: ChildProcess | undefined;
  private stopping = false;
  private exited: Promise<number | null> = Promise.resolve(0);

  constructor(options: DaemonOptions) {
    this.options = options;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  start(): void {
    const { main, configFile, env, onLine, onDeath } = this.options;
    const child = spawn(process.execPath, [main, 'run', '--config', configFile], {
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
      // A group of its own: Ctrl-C is for the sandbox, which then ends the daemon in order.
      detached: true,
    });
    this.child = child;
    createInterface({ input: child.stdout }).on('line', (text) => onLine(parseLine(text)));
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve(code);
        if (!this.stopping) onDeath(signal ?? `exit code ${code}`);
      });
    });
  }

  /** As if the power went: SIGKILL. */
  kill(): void {
    this.child?.kill('SIGKILL');
  }

  /** Ends the daemon as systemd would. Resolves to its exit code, null if it had to be killed. */
  async stop(): Promise<number | null> {
    this.stopping = true;
    this.child?.kill('SIGTERM');
    return this.exited;
  }
}

function parseLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { event: 'unreadable', msg: text };
  }
}
