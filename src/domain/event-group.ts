import { createHash } from 'node:crypto';
import type { EventData } from './event.ts';
import { fieldsOf, textOf } from './json.ts';

/** UTF-8 bytes that a group's name takes at most: what a v2 bus accepts (AWS: 1 to 128 characters). */
export const MAX_GROUP_LENGTH = 128;
/** Entries of the dialer's log that name no campaign, list or the like. */
const REST_OF_THE_LOG = 'event-log';

/**
 * Which events belong together, for a v2 bus: a subscriber of type FIFO gets those of one group in the order
 * in which they were published, a repeat is recognised within its group only, and a group takes 1,500 a
 * second, events and kilobytes counted together.
 *
 * A group is a conversation. An entry of the dialer's log belongs to none; its group is the campaign or list
 * that it names. The group depends on the fact alone, so that every copy of an event has the same one,
 * whichever stream found it.
 */
export function eventGroup(data: EventData): string {
  const related = fieldsOf(data.relatedEntity);
  const group = textOf(data.conversationId) ?? textOf(related?.id) ?? REST_OF_THE_LOG;
  return Buffer.byteLength(group) <= MAX_GROUP_LENGTH ? group : createHash('sha256').update(group).digest('hex');
}
