import type { EventType } from './catalogue.ts';
import type { Instant } from './instant.ts';

/**
 * The fact as published: a closed list of members, nothing null, nothing empty, every time in the three-digit
 * UTC form.
 */
export interface EventData {
  readonly eventType: EventType;
  readonly timestamp: string;
  readonly [member: string]: string | readonly string[] | Readonly<Record<string, string>>;
}

/** A fact derived from what Genesys served, identical however often it is derived. */
export interface DerivedEvent {
  /** The deduplication ID. */
  readonly id: string;
  readonly eventType: EventType;
  readonly timestamp: Instant;
  readonly data: EventData;
}

/** A piece of a record that cannot be identified. It becomes a dead letter; its neighbours go on. */
export interface MalformedRecord {
  /**
   * A hash that stays the same however often the piece is read: of the whole piece if it is final, of the
   * members that stay if it still grows.
   */
  readonly id: string;
  /** Why no event can be made of it. */
  readonly reason: string;
  /** The smallest malformed piece as received: a segment, session, participant, conversation or log entry. */
  readonly record: unknown;
  /** Where it was found, as far as that is known. */
  readonly conversationId?: string;
  /**
   * The conversation's start, where that is known: it keeps the dead letter's place in time, so that the dead
   * letter never multiplies.
   */
  readonly time?: Instant;
}

/** What one record yields. */
export interface Derivation {
  readonly events: readonly DerivedEvent[];
  readonly malformed: readonly MalformedRecord[];
}
