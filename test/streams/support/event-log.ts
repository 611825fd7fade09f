import type { EventLog, LogPage } from '../../../src/ports/event-log.ts';
import { at, MINUTE } from '../../pipeline/fixture.ts';

export interface Entry {
  readonly id: string;
  readonly timestamp: string;
}

export function entry(id: string, time: number): Entry {
  return { id, timestamp: new Date(time).toISOString() };
}

/** Entries a minute apart, the newest at ten o'clock, newest first. */
export function entries(count: number): Entry[] {
  return Array.from({ length: count }, (_, index) => entry(`e${index}`, at('10:00') - index * MINUTE));
}

export interface LogOptions {
  readonly pageSize?: number;
  /** Entries that a page holds at most, if fewer than were asked for. */
  readonly mostOnPage?: number;
  readonly counts?: boolean;
  /** What the answers say of the log, where that is not the truth. */
  readonly claims?: Partial<LogPage>;
  /** Requests, counted from 1, whose answer leaves the entries out. */
  readonly leftOut?: readonly number[];
  /** Pages that are answered with another one, by their numbers. */
  readonly misplaced?: Readonly<Record<number, number>>;
  /** Throws in place of a page, or does nothing. */
  readonly trouble?: (number: number) => void;
  /** Happens before each page but the first, not before a page is asked for again. */
  readonly meanwhile?: () => void;
  readonly now?: () => number;
}

/** A log as the source holds it, in the order in which it serves it. */
export function logOf(held: Entry[], options: LogOptions = {}) {
  const {
    pageSize = 10,
    mostOnPage = pageSize,
    counts = true,
    claims,
    leftOut = [],
    misplaced = {},
    meanwhile,
  } = options;
  const { now = () => at('10:00'), trouble } = options;
  const asked: number[] = [];
  const eventLog: EventLog = {
    pageSize,
    now: () => Promise.resolve(now()),
    async page(number) {
      if ((asked.at(-1) ?? number) !== number) meanwhile?.();
      asked.push(number);
      trouble?.(number);
      const served = misplaced[number] ?? number;
      const list = held.slice((served - 1) * mostOnPage, served * mostOnPage);
      return {
        list: leftOut.includes(asked.length) ? undefined : list,
        total: held.length,
        pageCount: counts ? Math.ceil(held.length / mostOnPage) : undefined,
        pageSize: mostOnPage,
        ...claims,
      };
    },
  };
  return { eventLog, asked };
}

export const RULES = { settle: MINUTE, overlap: 5 * MINUTE };
