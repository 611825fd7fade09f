import { type Instant, parseInstant } from '../domain/instant.ts';
import { escapeControlsInLine } from '../domain/visible.ts';

/** The members of a line, by name. A Map, because a hostile line may name a member `__proto__`. */
export type Fields = ReadonlyMap<string, unknown>;

/** A line of the poller's log. */
export interface LogLine {
  readonly time: Instant;
  readonly event: string;
  readonly msg: string;
  readonly poller: string;
  /** Empty where the line is about no stream. */
  readonly stream: string;
  /**
   * The host, container or log stream that wrote it, as far as the line or its wrapping says so; else empty.
   */
  readonly host: string;
  readonly fields: Fields;
}

/**
 * Names and texts of a line are kept to this length, characters: memory does not depend on what somebody
 * wrote into a log.
 */
const MAX_NAME_LENGTH = 80;
const MAX_TEXT_LENGTH = 600;

/** The line that this object is; undefined if it is none of the poller's. */
export function logLineOf(members: object, host: string): LogLine | undefined {
  const fields: Fields = new Map(Object.entries(members));
  const event = fields.get('event');
  const time = parseInstant(fields.get('time'));
  if (typeof event !== 'string' || time === undefined || typeof fields.get('level') !== 'string') return undefined;
  return {
    time,
    event,
    msg: textOf(fields, 'msg'),
    poller: nameOf(fields, 'poller') || 'default',
    stream: nameOf(fields, 'stream'),
    host: nameOf(fields, 'host') || escapeControlsInLine(host.slice(0, MAX_NAME_LENGTH)),
    fields,
  };
}

/** A member that names something; empty where it is absent or no text. */
export function nameOf(fields: Fields, member: string): string {
  return textOf(fields, member).slice(0, MAX_NAME_LENGTH);
}

/** A member that people read; empty where it is absent or no text. */
export function textOf(fields: Fields, member: string): string {
  const value = fields.get(member);
  return typeof value === 'string' ? escapeControlsInLine(value.slice(0, MAX_TEXT_LENGTH)) : '';
}

/** The texts of a member that is a list, joined. */
export function listOf(fields: Fields, member: string): string {
  const value = fields.get(member);
  const texts = Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  return escapeControlsInLine(texts.join(', ').slice(0, MAX_TEXT_LENGTH));
}

/** More than any figure of a true line. What is larger was not written by the poller. */
const MAX_FIGURE = 1e12;

/** A member that counts or measures; undefined where it is absent, negative or too large to be true. */
export function numberOf(fields: Fields, member: string): number | undefined {
  const value = fields.get(member);
  return typeof value === 'number' && value >= 0 && value <= MAX_FIGURE ? value : undefined;
}
