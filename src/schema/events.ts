import type { EventDataByType, EventMetadata, EventNames } from './event-data.ts';

export type { EventDataByType, EventMetadata, EventNames };

/** Every type of event. */
export type EventType = keyof EventDataByType;

/**
 * The fact: the same in every copy of an event, unless Genesys changed the record, or the operator the
 * privacy settings, in between.
 */
export type EventData<T extends EventType = EventType> = EventDataByType[T];

/** The detail of an event. */
export interface EventDetail<T extends EventType = EventType> {
  readonly metadata: EventMetadata<T>;
  readonly data: EventData<T>;
  readonly names?: EventNames;
}

/** An event of one type as EventBridge delivers it. */
export interface DeliveredEvent<T extends EventType> {
  readonly version: string;
  /** EventBridge's own: another one for every copy. */
  readonly id: string;
  readonly 'detail-type': T;
  readonly source: string;
  readonly account: string;
  /** The timestamp, to the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: string[];
  readonly detail: EventDetail<T>;
}

/**
 * An event as EventBridge delivers it: of these types, or of any. `switch (event['detail-type'])` tells the
 * types apart, and narrows `event.detail` with them.
 */
export type GenesysEvent<T extends EventType = EventType> = { [One in T]: DeliveredEvent<One> }[T];
