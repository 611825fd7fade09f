import type { Transport } from '../../src/genesys/transport.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { type QueryBody, spanOf } from '../query-body.ts';
import { answerAfter } from './answer-after.ts';
import { EVENTS_EACH } from './conversation.ts';

/** Conversations on a page. */
const CONVERSATIONS = 100;

/** A record as the simulated Genesys serves it. */
export interface SimulatedRecord {
  readonly id: number;
  readonly at: number;
}

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

  send(...request: Parameters<Transport['send']>): ReturnType<Transport['send']> {
    const sentAt = this.options.clock.monotonic();
    return answerAfter(this.options, request, (body) => {
      this.sent.push(sentAt);
      return { status: 200, json: this.page(body) };
    });
  }

  private page(body: string): object {
    const { interval, paging, segmentFilters, conversationFilters } = JSON.parse(body) as QueryBody;
    const ended = spanOf('segmentEnd', segmentFilters);
    const began = spanOf('conversationStart', conversationFilters);
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

export interface SimulatedGenesysOptions {
  readonly clock: Clock;
  readonly latency: number;
  /** The first and the last conversation ended at these times, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly perHour: number;
}
