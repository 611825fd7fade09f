import type { Transport } from '../../src/genesys/transport.ts';
import type { Clock } from '../../src/ports/clock.ts';

/**
 * Conversations on a page, and what is derived from each: a call that was answered has more, one that was not
 * has less.
 */
export const CONVERSATIONS = 100;
export const EVENTS_EACH = 10;

/** A record as the simulated Genesys serves it. */
export interface SimulatedRecord {
  readonly id: number;
  readonly at: number;
}

/** What of an answer's time its body takes: the rest passes before it begins. */
const BODY = 0.1;

/** From the start of a conversation to its end, milliseconds. */
const LASTS = 90_000;

/**
 * Genesys, as far as the pace of reading goes: `perHour` pages of conversations that ended in every hour
 * since `from`, each answer complete after `latency` milliseconds. Keeps account of which requests served a
 * purpose: the pages of a window, each of them once, and one answer to each query of a window that there is
 * no more. What was asked for besides, or again, was for nothing.
 */
export class SimulatedGenesys implements Transport {
  /** When each request was sent, milliseconds of the monotonic clock; logins aside. */
  readonly sent: number[] = [];
  /** How many of them served a purpose. */
  useful = 0;
  private readonly options: SimulatedGenesysOptions;
  private readonly every: number;
  private readonly pages: number;
  private readonly served = new Set<string>();

  constructor(options: SimulatedGenesysOptions) {
    this.options = options;
    this.every = 3_600_000 / options.perHour;
    this.pages = Math.floor((options.to - options.from) / this.every);
  }

  /** Events of everything there is. */
  get events(): number {
    return this.pages * CONVERSATIONS * EVENTS_EACH;
  }

  async send(...[request, signal, onAnswer]: Parameters<Transport['send']>): ReturnType<Transport['send']> {
    const { clock, latency } = this.options;
    const sentAt = clock.monotonic();
    await clock.sleep((1 - BODY) * latency, signal);
    onAnswer?.();
    await clock.sleep(BODY * latency, signal);
    const headers = { date: new Date(clock.now()).toUTCString() };
    if (request.url.endsWith('/oauth/token')) {
      return { status: 200, headers, body: '{"access_token":"token","expires_in":86400}' };
    }
    this.sent.push(sentAt);
    return { status: 200, headers, body: JSON.stringify(this.page(request.body ?? '')) };
  }

  private page(body: string): object {
    const { interval, paging, ...filters } = JSON.parse(body);
    const ended = spanOf('segmentEnd', filters.segmentFilters);
    const began = spanOf('conversationStart', filters.conversationFilters);
    if (!ended) {
      // Of those that are still alive there are none.
      this.count(`${interval} alive`);
      return { totalHits: 0 };
    }
    const first = Math.max(this.pageAt(ended[0]), this.pageAt((began?.[0] ?? 0) + LASTS));
    const end = Math.min(this.pageAt(ended[1]), this.pageAt((began?.[1] ?? Number.POSITIVE_INFINITY) + LASTS));
    const number = first + paging.pageNumber - 1;
    const totalHits = Math.max(0, end - first) * CONVERSATIONS;
    this.count(`${ended} ${number < end ? number : 'end'}`);
    if (number >= end) return { totalHits };
    const at = this.options.from + number * this.every;
    const conversations = Array.from({ length: CONVERSATIONS }, (_, n) => ({ id: number * CONVERSATIONS + n, at }));
    return { conversations, totalHits };
  }

  private count(what: string): void {
    if (!this.served.has(what)) this.useful++;
    this.served.add(what);
  }

  /** The number of the first page of conversations that ended at `time` or later. */
  private pageAt(time: number): number {
    return Math.min(this.pages, Math.max(0, Math.ceil((time - this.options.from) / this.every)));
  }
}

interface Filter {
  readonly predicates: readonly { readonly dimension: string; readonly value: string }[];
}

/** The interval that a dimension is to lie in; undefined if that is not asked for. */
function spanOf(dimension: string, filters: readonly Filter[] = []): readonly [number, number] | undefined {
  const value = filters[0]?.predicates.find((predicate) => predicate.dimension === dimension)?.value;
  const [from, to] = (value ?? '').split('/').map((text) => Date.parse(text));
  return from === undefined || to === undefined ? undefined : [from, to];
}

export interface SimulatedGenesysOptions {
  readonly clock: Clock;
  readonly latency: number;
  /** The first and the last conversation ended at these times, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly perHour: number;
}
