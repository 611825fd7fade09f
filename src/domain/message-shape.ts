/**
 * A message without what differs between two of its kind: every word with a digit in it (times, counts,
 * ports, correlation IDs) becomes `#`. The log and the report group messages by it.
 */
export function messageShape(message: string): string {
  return message.replace(/[\w.:-]*\d[\w.:-]*/g, '#');
}
