import type { EventType } from './event.ts';

/** Participants by what they do, told by their purpose. */
export type Role = 'agent' | 'contact' | 'queue';

/** Genesys's purposes that make a role; every other purpose, known today or not, has none. */
export const ROLE_OF_PURPOSE: ReadonlyMap<unknown, Role> = new Map([
  ['agent', 'agent'],
  ['user', 'agent'],
  ['customer', 'contact'],
  ['external', 'contact'],
  ['acd', 'queue'],
]);

/** One event for each conversation at a time of its own. */
export interface ConversationRule {
  readonly eventType: EventType;
  readonly each: 'conversation';
  readonly at: 'start' | 'end';
}

/** One event for each session, at the earliest segmentStart among its segments, or among those of one type. */
export interface SessionRule {
  readonly eventType: EventType;
  readonly each: 'session';
  readonly of?: Role;
  readonly among?: 'interact';
  /** Only sessions that have this; its value tells apart two facts of one session. */
  readonly qualifier?: 'dispositionName';
}

/** One event for each segment at one of its two times. */
export interface SegmentRule {
  readonly eventType: EventType;
  readonly each: 'segment';
  readonly of?: Role;
  readonly types?: readonly string[];
  readonly at: 'start' | 'end';
  /** Only segments that have it. */
  readonly needs?: 'disconnectType';
  /** Only segments that have this; its value tells apart two facts of one segment. */
  readonly qualifier?: 'wrapUpCode';
}

export type Rule = ConversationRule | SessionRule | SegmentRule;

/**
 * What is derived from a conversation. A rule yields an event only once its time is set, hence final; whatever else a
 * record holds, or fails to hold, is of no consequence to it.
 */
export const CATALOGUE: readonly Rule[] = [
  { eventType: 'conversationStarted', each: 'conversation', at: 'start' },
  { eventType: 'contactDialed', each: 'segment', types: ['dialing'], at: 'start' },
  { eventType: 'callAnalyzed', each: 'session', qualifier: 'dispositionName' },
  { eventType: 'contactConnected', each: 'session', of: 'contact', among: 'interact' },
  { eventType: 'queueEntered', each: 'session', of: 'queue' },
  { eventType: 'queueExited', each: 'segment', of: 'queue', at: 'end', needs: 'disconnectType' },
  { eventType: 'agentAlerted', each: 'segment', of: 'agent', types: ['alert'], at: 'start' },
  // A session of nothing but an alert was never connected: it has no `interact`, hence no event.
  { eventType: 'agentCallConnected', each: 'session', of: 'agent', among: 'interact' },
  {
    eventType: 'agentCallDisconnected',
    each: 'segment',
    of: 'agent',
    types: ['interact', 'hold'],
    at: 'end',
    needs: 'disconnectType',
  },
  {
    eventType: 'contactDisconnected',
    each: 'segment',
    of: 'contact',
    types: ['interact', 'hold'],
    at: 'end',
    needs: 'disconnectType',
  },
  { eventType: 'dispositionSet', each: 'segment', at: 'end', qualifier: 'wrapUpCode' },
  { eventType: 'conversationEnded', each: 'conversation', at: 'end' },
];
