import type { Transport } from '../../src/genesys/transport.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { Random } from '../../test/simulation/random.ts';
import { type QueryBody, type Span, spanOf } from '../query-body.ts';
import { answerAfter } from './answer-after.ts';
import { EVENTS_EACH, SEGMENTS } from './conversation.ts';

/** Queries that are read in parallel are fewer. */
const QUERIES_KEPT = 40;
const MINUTE = 60_000;
/** A conversation lasts as long as one of these, in turns; milliseconds. */
const DURATIONS = [40_000, 60_000, 90_000, 120_000, 150_000];
const LONGEST = Math.max(...DURATIONS);
/** How long after a segment's end the query shows it, milliseconds. */
const SHOWN_AFTER = 5_000;

/** A conversation as the simulated Genesys serves it: when each of the segments ended that it shows. */
export interface ServedConversation {
  readonly id: number;
  readonly ended: readonly number[];
}

export interface OrganisationOptions {
  readonly clock: Clock;
  /** Conversations that begin in a second. */
  readonly rate: number;
  /** The first one begins there, epoch milliseconds. */
  readonly from: number;
  /**
   * Whether requests fail or take long now and then, and Genesys is down for five minutes in every six hours.
   */
  readonly hasFaults: boolean;
}

/** An organisation whose conversations begin evenly, last from 40 to 150 s, and end four segments each. */
export class SimulatedOrganisation implements Transport {
  requests = 0;
  /** Conversations on all pages. */
  served = 0;
  private readonly options: OrganisationOptions;
  private readonly random = new Random(15, 1);
  private readonly recent = new Map<string, readonly ServedConversation[]>();

  constructor(options: OrganisationOptions) {
    this.options = options;
  }

  /** How many have begun. */
  get begun(): number {
    return Math.floor(((this.options.clock.now() - this.options.from) / 1_000) * this.options.rate);
  }

  /** Events of all conversations that happened before a time. */
  eventsBefore(time: number): number {
    let sum = 0;
    for (let id = 0; id < this.begun; id++) {
      const ends = this.endsOf(id);
      sum += SEGMENTS.reduce((events, [, more], n) => events + ((ends[n] ?? time) < time ? more : 0), 0);
    }
    return sum;
  }

  send(...request: Parameters<Transport['send']>): ReturnType<Transport['send']> {
    const { clock, hasFaults } = this.options;
    const latency = hasFaults && this.random.chance(0.01) ? 3_000 : this.random.int(150, 450);
    return answerAfter({ clock, latency }, request, (body) => {
      this.requests++;
      if (hasFaults && (this.isDown() || this.random.chance(0.01))) return { status: 503, json: {} };
      return { status: 200, json: this.page(body) };
    });
  }

  /** When the segments of a conversation end, epoch milliseconds. */
  private endsOf(id: number): readonly number[] {
    const start = this.options.from + (id / this.options.rate) * 1_000;
    return SEGMENTS.map(([part]) => Math.floor(start + part * (DURATIONS[id % DURATIONS.length] ?? 0)));
  }

  private isDown(): boolean {
    const minute = Math.floor((this.options.clock.now() - this.options.from) / MINUTE) % 360;
    return minute >= 30 && minute < 35;
  }

  private page(body: string): object {
    const { paging, segmentFilters, conversationFilters } = JSON.parse(body) as QueryBody;
    const { pageNumber, pageSize } = paging;
    const ended = spanOf('segmentEnd', segmentFilters);
    const began = spanOf('conversationStart', conversationFilters) ?? [0, Number.POSITIVE_INFINITY];
    const found = this.find(ended, began, pageNumber);
    const page = found.slice((pageNumber - 1) * pageSize, pageNumber * pageSize);
    this.served += page.length;
    return { totalHits: found.length, ...(page.length > 0 && { conversations: page }) };
  }

  /**
   * Those that began in a span, and in which a segment ended in another one; without the latter, those that
   * are alive. Later pages are cut of what the first one found.
   */
  private find(ended: Span | undefined, began: Span, pageNumber: number): readonly ServedConversation[] {
    const key = `${ended} ${began}`;
    const known = this.recent.get(key);
    if (pageNumber > 1 && known) return known;
    const { clock, rate, from } = this.options;
    const shown = clock.now() - SHOWN_AFTER;
    const numberAt = (time: number) => Math.max(0, Math.ceil(((time - from) / 1_000) * rate));
    const first = numberAt(Math.max(began[0], (ended?.[0] ?? began[0]) - LONGEST));
    const end = numberAt(Math.min(began[1], ended?.[1] ?? began[1], shown));
    const found: ServedConversation[] = [];
    for (let id = first; id < end; id++) {
      const all = this.endsOf(id);
      const over = all.filter((time) => time <= shown);
      const isFound = ended ? over.some((time) => time >= ended[0] && time <= ended[1]) : over.length < all.length;
      if (isFound) found.push({ id, ended: over });
    }
    this.recent.delete(key);
    this.recent.set(key, found);
    for (const oldest of this.recent.keys()) if (this.recent.size > QUERIES_KEPT) this.recent.delete(oldest);
    return found;
  }
}

/** The events that a served conversation shows: a number that is its own, and when it happened. */
export function eventsOfServed({ id, ended }: ServedConversation): readonly { readonly number: number; at: number }[] {
  let number = id * EVENTS_EACH;
  return ended.flatMap((at, segment) =>
    Array.from({ length: SEGMENTS[segment]?.[1] ?? 0 }, () => ({ number: number++, at })),
  );
}
