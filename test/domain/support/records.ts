import type { Models } from 'purecloud-platform-client-v2';

/**
 * Records as Genesys Cloud returns them, typed by Genesys's own models so that a misspelt field does not
 * compile. The short builders below write the record of one rule in one line.
 */
export type Conversation = Models.AnalyticsConversation;
export type Participant = Models.AnalyticsParticipant;
export type Session = Models.AnalyticsSession;
export type Segment = Models.AnalyticsConversationSegment;
export type LogEntry = Models.EventLog;

export const CONVERSATION_ID = '7a5c1f2e-0b6d-4c3a-9e8f-112233445566';

/** `10:00:02` of the day on which all examples take place. */
export function at(time: string): string {
  return `2026-11-20T${time}.000Z`;
}

/** A segment; times as `10:00:02`, an absent end is an open segment. */
export function seg(segmentType: string, start?: string, end?: string, more: Segment = {}): Segment {
  return {
    segmentType,
    ...(start !== undefined && { segmentStart: at(start) }),
    ...(end !== undefined && { segmentEnd: at(end) }),
    ...more,
  };
}

/** A session with the id `s-1` unless `more` names another. */
export function leg(segments: Segment[], more: Session = {}): Session {
  return { sessionId: 's-1', ...more, segments };
}

/** A participant with the id `p-1` unless `more` names another. */
export function who(purpose: string, sessions: Session[], more: Participant = {}): Participant {
  return { participantId: 'p-1', purpose, ...more, sessions };
}

/** A conversation without times of its own: it yields only what its participants yield. */
export function talk(participants: Participant[], more: Conversation = {}): Conversation {
  return { conversationId: CONVERSATION_ID, ...more, participants };
}

/** Every field the catalogue could be tempted to publish, set: what is in `data` is there by choice. */
export const FULL_SEGMENT: Segment = {
  audioMuted: true,
  disconnectType: 'peer',
  errorCode: 'error.ininedgecontrol.session.inactive',
  groupId: 'group',
  queueId: 'queue-a',
  segmentStart: '2026-11-20T10:00:02.5Z',
  segmentEnd: '2026-11-20T11:04:59+01:00',
  sipResponseCodes: [486],
  subject: 'a subject',
  wrapUpCode: 'wrap-up-code',
  wrapUpNote: 'a note about a person',
  wrapUpTags: ['tag'],
};

export const FULL_SESSION: Session = {
  addressFrom: 'tel:+15550000001',
  ani: 'tel:+15551112222',
  dnis: 'tel:+15553334444',
  callbackNumbers: ['+15550000002'],
  callbackUserName: 'A Person',
  direction: 'outbound',
  dispositionAnalyzer: 'speech.person',
  dispositionName: 'disposition.classification.callable.person',
  edgeId: 'edge',
  mediaType: 'voice',
  outboundCampaignId: 'campaign',
  outboundContactId: '0123456789abcdef0123456789abcdef',
  outboundContactListId: 'contact-list',
  peerId: 'peer',
  remote: 'A Person',
  sessionDnis: 'tel:+15550000003',
  sessionId: 's-1',
};

export const FULL_PARTICIPANT: Participant = {
  attributes: { secret: 'of the customer' },
  externalContactId: 'external-contact',
  participantId: 'p-1',
  participantName: 'A Person',
  teamId: 'team',
  userId: 'user-1',
};

export const FULL_CONVERSATION: Conversation = {
  conversationId: CONVERSATION_ID,
  conversationStart: '2026-11-20T09:58:12.345678Z',
  conversationEnd: '2026-11-21T00:05:00Z',
  divisionIds: ['division-b', 'division-a'],
  externalTag: 'tag',
  mediaStatsMinConversationMos: 4.3,
  originatingDirection: 'outbound',
};

/**
 * The full record around one segment: one participant of that purpose with one session with that one segment.
 */
export function fullRecord(purpose: string, segmentType: string): Conversation {
  const segment = { ...FULL_SEGMENT, segmentType };
  return {
    ...FULL_CONVERSATION,
    participants: [{ ...FULL_PARTICIPANT, purpose, sessions: [{ ...FULL_SESSION, segments: [segment] }] }],
  };
}

/**
 * An answered campaign call as it looks when all is over: dialled, analysed as a person, queued, refused by a
 * first agent, taken by a second who puts it on hold, wrapped up after midnight.
 */
export const ANSWERED_CALL: Conversation = {
  ...FULL_CONVERSATION,
  participants: [
    {
      participantId: 'p-contact',
      purpose: 'customer',
      sessions: [
        {
          ...FULL_SESSION,
          sessionId: 's-contact',
          segments: [
            {
              segmentType: 'dialing',
              segmentStart: '2026-11-20T23:50:00.000Z',
              segmentEnd: '2026-11-20T23:50:08.000Z',
            },
            {
              segmentType: 'interact',
              segmentStart: '2026-11-20T23:50:08.000Z',
              segmentEnd: '2026-11-21T00:04:00.000Z',
              disconnectType: 'peer',
            },
          ],
        },
      ],
    },
    {
      participantId: 'p-queue',
      purpose: 'acd',
      sessions: [
        {
          sessionId: 's-queue',
          mediaType: 'voice',
          segments: [
            {
              segmentType: 'interact',
              queueId: 'queue-a',
              segmentStart: '2026-11-20T23:50:09.000Z',
              segmentEnd: '2026-11-20T23:51:00.000Z',
              disconnectType: 'transfer',
            },
          ],
        },
      ],
    },
    {
      participantId: 'p-agent-1',
      purpose: 'agent',
      userId: 'user-1',
      sessions: [
        {
          sessionId: 's-agent-1',
          mediaType: 'voice',
          segments: [
            {
              segmentType: 'alert',
              queueId: 'queue-a',
              segmentStart: '2026-11-20T23:50:10.000Z',
              segmentEnd: '2026-11-20T23:50:40.000Z',
              disconnectType: 'client',
            },
          ],
        },
      ],
    },
    {
      participantId: 'p-agent-2',
      purpose: 'agent',
      userId: 'user-2',
      sessions: [
        {
          sessionId: 's-agent-2',
          mediaType: 'voice',
          segments: [
            { segmentType: 'alert', segmentStart: '2026-11-20T23:50:45.000Z', segmentEnd: '2026-11-20T23:51:00.000Z' },
            {
              segmentType: 'interact',
              segmentStart: '2026-11-20T23:51:00.000Z',
              segmentEnd: '2026-11-20T23:55:00.000Z',
            },
            { segmentType: 'hold', segmentStart: '2026-11-20T23:55:00.000Z', segmentEnd: '2026-11-20T23:56:00.000Z' },
            {
              segmentType: 'interact',
              segmentStart: '2026-11-20T23:56:00.000Z',
              segmentEnd: '2026-11-21T00:04:00.000Z',
              disconnectType: 'client',
            },
            {
              segmentType: 'wrapup',
              wrapUpCode: 'wrap-up-code',
              segmentStart: '2026-11-21T00:03:59.000Z',
              segmentEnd: '2026-11-21T00:05:30.000Z',
              disconnectType: 'client',
            },
          ],
        },
      ],
    },
  ],
};
