import type { Transport } from '../../src/genesys/transport.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** Conversations on a page, and what is derived from each: a call that was answered has more, one that was not has less. */
export const CONVERSATIONS = 100;
export const EVENTS_EACH = 10;

/** A record as the simulated Genesys serves it. */
export interface SimulatedRecord {
  readonly id: number;
  readonly at: number;
}

/**
 * Genesys, as far as the pace of reading goes: `perHour` pages of conversations that ended in every hour since `from`, each answer
 * after `latency` milliseconds. Keeps account of which requests served a purpose: the pages that hold something, and of every query
 * the one that says that there is no more. What was asked for besides, or again, was for nothing.
 */
export class SimulatedGenesys implements Transport {
  /** When each useful request was sent, milliseconds of the monotonic clock. */
  readonly useful: number[] = [];
  requests = 0;
  private readonly options: SimulatedGenesysOptions;
  private readonly every: number;
  private readonly pages: number;
  private readonly asked = new Set<string>();

  constructor(options: SimulatedGenesysOptions) {
    this.options = options;
    this.every = 3_600_000 / options.perHour;
    this.pages = Math.floor((options.to - options.from) / this.every);
  }

  /** Events of everything there is. */
  get events(): number {
    return this.pages * CONVERSATIONS * EVENTS_EACH;
  }

  async send(request: Parameters<Transport['send']>[0], signal: AbortSignal): ReturnType<Transport['send']> {
    const { clock, latency } = this.options;
    const sentAt = clock.monotonic();
    await clock.sleep(latency, signal);
    const headers = { date: new Date(clock.now()).toUTCString() };
    if (request.url.endsWith('/oauth/token')) {
      return { status: 200, headers, body: '{"access_token":"token","expires_in":86400}' };
    }
    this.requests++;
    return { status: 200, headers, body: JSON.stringify(this.page(request.body ?? '', sentAt)) };
  }

  private page(body: string, sentAt: number): object {
    const { from } = this.options;
    const { paging, segmentFilters } = JSON.parse(body);
    const span: string | undefined = segmentFilters?.[0]?.predicates[0]?.value;
    // Of those that are still alive there are none.
    const [start = 0, end = 0] = (span ?? '').split('/').map((text) => (text ? Date.parse(text) : from));
    const index = (time: number) => Math.min(this.pages, Math.max(0, Math.ceil((time - from) / this.every)));
    const [first, last] = [index(start), index(end)];
    const number = first + paging.pageNumber - 1;
    const key = `${body}`;
    if (number <= last && !this.asked.has(key)) this.useful.push(sentAt);
    this.asked.add(key);
    const totalHits = (last - first) * CONVERSATIONS;
    if (number >= last) return { totalHits };
    const at = from + number * this.every;
    const conversations = Array.from({ length: CONVERSATIONS }, (_, n) => ({ id: number * CONVERSATIONS + n, at }));
    return { conversations, totalHits };
  }
}

export interface SimulatedGenesysOptions {
  readonly clock: Clock;
  readonly latency: number;
  /** The first and the last conversation ended at these times, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly perHour: number;
}
