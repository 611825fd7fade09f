import type { EventData } from '../domain/event.ts';

/** What names are known for the codes in a fact. Nothing ever waits for a name. */
export interface Names {
  /** Begins to look names up, in the background, unless that has been done. */
  prime(): void;
  /** The names known at this moment; undefined if there are none. What is not known is looked up in the background. */
  of(fact: EventData): Readonly<Record<string, string>> | undefined;
}
