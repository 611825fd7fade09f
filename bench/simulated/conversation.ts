/** Where in a conversation a segment ends, as a part of its duration, and how many events that shows. */
export const SEGMENTS = [
  [0.1, 3],
  [0.2, 2],
  [0.85, 3],
  [1, 2],
] as const;

/** What is derived from a conversation: a call that was answered has more, one that was not has less. */
export const EVENTS_EACH = SEGMENTS.reduce((sum, [, events]) => sum + events, 0);
