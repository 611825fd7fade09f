import { setTimeout as delay } from 'node:timers/promises';
import type { ArrivedEvent } from './aws/local-bus.ts';
import type { LogLine } from './daemon-process.ts';
import type { SandboxOutput } from './sandbox-output.ts';

/** Arrivals shown for each window: enough to see what comes, few enough to follow. */
const SHOWN = 3;

/** Follows the daemon by what it logs, as an operator would, and adds up. */
export class Watch {
  /** Where the dialer's event log began to be read, epoch milliseconds. */
  logOrigin = Number.POSITIVE_INFINITY;
  /** By stream, epoch milliseconds: up to here, the daemon says, everything is on the bus. */
  private readonly watermarks = new Map<string, number>();
  /** Times that an event was met again and not published again. */
  known = 0;
  genesysRequests = 0;
  kills = 0;
  private readonly lags: number[] = [];
  private readonly output: SandboxOutput;
  private readonly arrived: readonly ArrivedEvent[];
  private shown = 0;

  constructor(output: SandboxOutput, arrived: readonly ArrivedEvent[]) {
    this.output = output;
    this.arrived = arrived;
  }

  see(line: LogLine): void {
    this.output.daemonLine(line);
    if (line.event !== 'cycle.completed') return;
    const stream = String(line.stream);
    this.watermarks.set(stream, Date.parse(String(line.watermark)));
    if (stream === 'event-log') this.logOrigin = Math.min(this.logOrigin, Date.parse(String(line.windowStart)));
    this.known += Number(line.duplicates);
    this.genesysRequests += Number(line.genesysRequests);
    if (line.caughtUp === true && stream === 'conversations') this.lags.push(Number(line.lagSeconds));
    this.output.arrivals(this.arrived.slice(this.shown), SHOWN);
    this.shown = this.arrived.length;
  }

  /** Up to here every stream says that everything is on the bus, epoch milliseconds. */
  watermark(): number {
    const streams = ['conversations', 'reconciliation', 'event-log'];
    return Math.min(...streams.map((stream) => this.watermarks.get(stream) ?? 0));
  }

  /** Seconds between now and the watermark, over the polls that left nothing to read. */
  lag(): { readonly median: number; readonly largest: number } | undefined {
    const sorted = this.lags.toSorted((a, b) => a - b);
    const largest = sorted.at(-1);
    const median = sorted[Math.floor(sorted.length / 2)];
    return largest === undefined || median === undefined ? undefined : { median, largest };
  }

  /** Resolves once it is so. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await delay(100);
  }
}
