import { CATALOGUE, type EventType, type MemberOf } from './catalogue.ts';
import type { EventData } from './event.ts';
import { formatInstant, type Instant } from './instant.ts';
import { DATA, type DataMember } from './members.ts';
import type { PhoneNumbers } from './privacy.ts';

/** How a member is read from where a fact was found; undefined where it is absent. */
type Read<Source> = (source: Source, phoneNumbers: PhoneNumbers) => EventData[string] | undefined;

/** How every member is read that events of these types have, besides the type and the time themselves. */
export type Readers<T extends EventType, Source> = {
  readonly [Name in Exclude<MemberOf<T>, 'eventType' | 'timestamp'>]: Read<Source>;
};

/**
 * Makes the data of one type of event: the members of its entry in the catalogue, in the order of DATA. What
 * is absent in Genesys is absent here. Members are read one by one, since to spread objects took longer than
 * all the rest of deriving.
 */
export function factMaker<Source>(
  eventType: EventType,
  readers: Readonly<Partial<Record<DataMember, Read<Source>>>>,
): (timestamp: Instant, source: Source, phoneNumbers: PhoneNumbers) => EventData {
  const { members } = CATALOGUE[eventType];
  const reads = (Object.keys(DATA) as DataMember[]).flatMap((name) => {
    const read = name in members ? readers[name] : undefined;
    return read ? [{ name: name as string, read }] : [];
  });
  return (timestamp, source, phoneNumbers) => {
    const fact: { eventType: EventType; timestamp: string; [member: string]: EventData[string] } = {
      eventType,
      timestamp: formatInstant(timestamp),
    };
    for (const { name, read } of reads) {
      const value = read(source, phoneNumbers);
      if (value !== undefined) fact[name] = value;
    }
    return fact;
  };
}
