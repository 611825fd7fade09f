import type { CATALOGUE, EventType, Presence } from '../domain/catalogue.ts';
import type { METADATA, NAMES } from '../domain/envelope.ts';
import type { DATA, DataMember, ValueOf } from '../domain/members.ts';

/*
 * The parts of an event as types, inferred from the catalogue. Consumers get the same types with names and
 * explanations: scripts/schema/type-declarations.ts writes them.
 */

type EntryMembers<T extends EventType> = (typeof CATALOGUE)[T]['members'];
type NamesOf<T extends EventType, P extends Presence> = {
  [Name in keyof EntryMembers<T>]: EntryMembers<T>[Name] extends P ? Name : never;
}[keyof EntryMembers<T>] &
  DataMember;
type DataValue<T extends EventType, Name extends DataMember> = Name extends 'eventType'
  ? T
  : ValueOf<(typeof DATA)[Name]>;

/** What `detail.data` is, by type of event. */
export type EventDataByType = {
  readonly [T in EventType]: { readonly [Name in NamesOf<T, 'always'>]: DataValue<T, Name> } & {
    readonly [Name in NamesOf<T, 'given'>]?: DataValue<T, Name>;
  };
};

export type EventMetadata<T extends EventType = EventType> = {
  readonly [Name in keyof typeof METADATA]: Name extends 'eventType' ? T : ValueOf<(typeof METADATA)[Name]>;
};

export type EventNames = { readonly [Name in keyof typeof NAMES]?: ValueOf<(typeof NAMES)[Name]> };
