import type { EventData } from '../domain/event.ts';
import type { RequestContext } from './request-context.ts';

/** What names are known for the codes in a fact. No event ever waits for a name. */
export interface Names {
  /** Begins to look names up, in the background, unless that has been done. */
  prime(): void;
  /**
   * The names known at this moment; undefined if there are none. What is not known is looked up in the
   * background.
   */
  of(fact: EventData): Readonly<Record<string, string>> | undefined;
}

/** A thing that codes in events refer to. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

/** A list of things with their names, as Genesys keeps it. */
export interface NameList {
  /**
   * All of them, page by page. Rejects with a Failure: genesys.permission where the client may not see them.
   */
  pages(context: RequestContext): AsyncIterable<readonly Named[]>;
}
