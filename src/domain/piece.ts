import { type Instant, parseInstant } from './instant.ts';
import { canonicalJson, type Fields, fieldsOf, isAbsent, parseJson, textOf } from './json.ts';

/** A time of a record: absent (not yet, or never), or present but not readable. */
export type Time = Instant | 'absent' | 'unreadable';

/**
 * Characters. No ID, code or address of Genesys's comes near. Every event of a session repeats and hashes
 * such texts, so that a very long one beside thousands of segments would cost the square of the record's
 * size.
 */
const MAX_BOUNDED_LENGTH = 4_096;

/** A text that events can repeat. */
export function boundedText(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && text.length <= MAX_BOUNDED_LENGTH ? text : undefined;
}

/**
 * A part of a record, read member by member. A member is malformed if it is there and of a type that no rule
 * can use, or is a time that cannot be read. It then counts as absent.
 */
export class Piece {
  readonly fields: Fields;
  /** Each says what is wrong with a member. */
  readonly reasons: string[] = [];
  /** The malformed members, and of a list only its malformed elements. */
  readonly malformedPiece: Record<string, unknown> = {};

  constructor(fields: Fields) {
    this.fields = fields;
  }

  time(name: string): Time {
    const value = this.fields[name];
    if (isAbsent(value)) return 'absent';
    const instant = parseInstant(value);
    if (instant !== undefined) return instant;
    this.note(name, 'is not a timestamp', value);
    return 'unreadable';
  }

  /** Finds the members that are not texts, or that `use` does not accept. */
  texts(names: readonly string[], use: (value: unknown) => string | undefined = textOf): void {
    for (const name of names) {
      const value = this.fields[name];
      if (isAbsent(value) || use(value) !== undefined) continue;
      this.note(name, textOf(value) === undefined ? 'is not text' : 'is too long', value);
    }
  }

  /**
   * The usable elements of a list. An absent list has none. Null elements are ignored.
   */
  list<T>(name: string, use: (element: unknown) => T | undefined, kind: 'text' | 'an object'): readonly T[] {
    const value = this.fields[name];
    if (isAbsent(value)) return [];
    if (!Array.isArray(value)) {
      this.note(name, 'is not a list', value);
      return [];
    }
    const useless: unknown[] = [];
    const useful: T[] = [];
    for (const element of value) {
      const used = use(element);
      if (used !== undefined) useful.push(used);
      else if (!isAbsent(element)) useless.push(element);
    }
    if (useless.length > 0) this.note(name, `holds an element that is not ${kind}`, inOrder(useless));
    return useful;
  }

  objects(name: string): readonly Fields[] {
    return this.list(name, fieldsOf, 'an object');
  }

  /** A member that is an object. An absent one counts as an object without members. */
  object(name: string): Fields {
    const value = this.fields[name];
    const fields = fieldsOf(value);
    if (!fields && !isAbsent(value)) this.note(name, 'is not an object', value);
    return fields ?? {};
  }

  private note(name: string, reason: string, value: unknown): void {
    this.reasons.push(`${name} ${reason}`);
    this.malformedPiece[name] = value;
  }
}

/** In an order that does not depend on the record's, which means nothing. */
function inOrder(values: readonly unknown[]): readonly unknown[] {
  return values.map(canonicalJson).sort().map(parseJson);
}
