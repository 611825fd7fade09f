import type { EventData, EventType, FactMember } from './event.ts';
import { formatInstant, type Instant } from './instant.ts';

/** What a record gives to a fact: members that are not in the published types do not compile. */
export type Given = { readonly [Name in FactMember]?: EventData[string] | undefined };

/**
 * The published form of a fact: what is absent in Genesys is absent here. Put together member by member,
 * since spreading one object into the next took longer than all the rest of deriving.
 */
export function factOf(eventType: EventType, timestamp: Instant, ...parts: readonly Given[]): EventData {
  const fact: { eventType: EventType; timestamp: string; [member: string]: EventData[string] } = {
    eventType,
    timestamp: formatInstant(timestamp),
  };
  for (const members of parts) {
    for (const name in members) {
      const value = members[name as FactMember];
      if (value !== undefined) fact[name] = value;
    }
  }
  return fact;
}
