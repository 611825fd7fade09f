import { setTimeout as delay } from 'node:timers/promises';
import type { ArrivedEvent } from './aws/local-bus.ts';
import type { LogLine } from './daemon-process.ts';
import type { Screen } from './screen.ts';

/** Arrivals shown for each window: enough to see what comes, few enough to follow. */
const SHOWN = 3;
/** The daemon is given up when it has said nothing for so long, milliseconds. */
const PATIENCE = 60_000;

/** Follows the daemon by what it logs, as an operator would, and adds up. */
export class Watch {
  /** Epoch milliseconds: up to here, the daemon says, everything is on the bus. */
  watermark = Number.NEGATIVE_INFINITY;
  suppressed = 0;
  genesysRequests = 0;
  kills = 0;
  private readonly lags: number[] = [];
  private readonly screen: Screen;
  private readonly arrived: readonly ArrivedEvent[];
  private shown = 0;
  private lastLineAt = Date.now();

  constructor(screen: Screen, arrived: readonly ArrivedEvent[]) {
    this.screen = screen;
    this.arrived = arrived;
  }

  see(line: LogLine): void {
    this.lastLineAt = Date.now();
    this.screen.daemonLine(line);
    if (line.event !== 'cycle.completed') return;
    this.watermark = Date.parse(String(line.watermark));
    this.suppressed += Number(line.duplicates);
    this.genesysRequests += Number(line.genesysRequests);
    if (line.caughtUp === true) this.lags.push(Number(line.lagSeconds));
    this.screen.arrivals(this.arrived.slice(this.shown), SHOWN);
    this.shown = this.arrived.length;
  }

  /** Seconds between now and the watermark, over the polls that left nothing to read. */
  lag(): { readonly median: number; readonly largest: number } | undefined {
    const sorted = this.lags.toSorted((a, b) => a - b);
    const largest = sorted.at(-1);
    const median = sorted[Math.floor(sorted.length / 2)];
    return largest === undefined || median === undefined ? undefined : { median, largest };
  }

  /** Resolves to true once it is so, to false when the daemon has fallen silent. */
  async until(isSo: () => boolean): Promise<boolean> {
    this.lastLineAt = Date.now();
    while (!isSo()) {
      if (Date.now() - this.lastLineAt > PATIENCE) return false;
      await delay(100);
    }
    return true;
  }
}
