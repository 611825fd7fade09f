import type { EventType } from './catalogue.ts';
import type { DerivedEvent } from './event.ts';
import type { Instant } from './instant.ts';
import { type Fields, fieldsOf, isAbsent, textOf } from './json.ts';

/** Which conversations a stream is about. */
export type Scope = 'outbound' | 'campaign' | 'all';

/**
 * Whether a conversation belongs to the scope. For `outbound` Genesys has already filtered: a record that
 * does not name its originatingDirection is trusted to that filter rather than dropped.
 */
export function inScope(conversation: unknown, scope: Scope): boolean {
  const fields = fieldsOf(conversation);
  if (scope === 'all' || !fields) return true;
  if (scope === 'outbound') return (textOf(fields.originatingDirection) ?? 'outbound') === 'outbound';
  return hasObject(fields.participants, ({ sessions }) =>
    hasObject(sessions, ({ outboundCampaignId }) => !isAbsent(outboundCampaignId)),
  );
}

/**
 * Whether a list holds an object that `is` it. A list or element that cannot be read may be it: the record
 * then passes, to become a dead letter.
 */
function hasObject(list: unknown, is: (fields: Fields) => boolean): boolean {
  if (isAbsent(list)) return false;
  if (!Array.isArray(list)) return true;
  return list.some((element) => {
    const fields = fieldsOf(element);
    return fields ? is(fields) : !isAbsent(element);
  });
}

/** Splits events into those wanted and young enough, and those wanted but too old. */
export function selectEvents(
  events: readonly DerivedEvent[],
  include: ReadonlySet<EventType>,
  oldest: Instant,
): { readonly eligible: readonly DerivedEvent[]; readonly tooOld: readonly DerivedEvent[] } {
  const wanted = events.filter((event) => include.has(event.eventType));
  return {
    eligible: wanted.filter((event) => event.timestamp >= oldest),
    tooOld: wanted.filter((event) => event.timestamp < oldest),
  };
}
