/** How long after its beginning the first and the last segment of a conversation ends, milliseconds. */
export const FIRST_END = 9_000;
export const LAST_END = 95_000;

/**
 * What the poller derives from a hundred of these conversations, as its catalogue has it: 75 answered, 25
 * not.
 */
export const EVENTS_PER_HUNDRED = 75 * 12 + 25 * 5;

/** Stands in the templates for what makes a conversation's IDs its own: the last group of a UUID. */
const MARK = '~';

/**
 * JSON of `count` conversations that began at `start` (epoch milliseconds), numbered from `first`; every
 * fourth was not answered.
 */
export function conversationsJson(start: number, first: number, count: number): string {
  const [answered, unanswered] = [answeredCall(start), unansweredCall(start)].map((record) =>
    JSON.stringify(record).split(MARK),
  ) as [string[], string[]];
  const all = Array.from({ length: count }, (_, index) =>
    ((first + index) % 4 === 3 ? unanswered : answered).join(String(first + index).padStart(12, '0')),
  );
  return `[${all.join(',')}]`;
}

const CAMPAIGN = {
  outboundCampaignId: 'df522ea4-cf3a-47ed-b796-53febcb06c9c',
  outboundContactId: `d079902525774f15fe15${MARK}`,
  outboundContactListId: 'e99b326f-87f5-4f17-9eb4-723d0603a85e',
};
const LINE = { ani: 'tel:+13175550100', dnis: 'tel:+13175558517', mediaType: 'voice', provider: 'Edge' };
const QUEUE = 'b8b28c8a-0ad4-4f1b-9f0e-3a3b2a4d2b0b';

/** Four participants, five sessions' worth of segments: 12 events. */
function answeredCall(start: number): object {
  const at = clock(start);
  return {
    conversationId: `2b699f65-be70-498c-9261-${MARK}`,
    conversationStart: at(0),
    conversationEnd: at(LAST_END),
    originatingDirection: 'outbound',
    divisionIds: ['6f1a7a52-6e2b-4d0c-8a53-0d8a3f6f8d10'],
    mediaStatsMinConversationMos: 4.88,
    mediaStatsMinConversationRFactor: 92.4,
    participants: [
      {
        participantId: `c4f6ce3e-6cb3-4b3a-9f43-${MARK}`,
        participantName: 'dialer',
        purpose: 'campaign',
        sessions: [],
      },
      {
        participantId: `0b0f8fb5-9d0d-4a1e-8f43-${MARK}`,
        participantName: 'Mobile Number, USA',
        purpose: 'customer',
        sessions: [
          {
            sessionId: `3a4f0e4b-5d6c-4e6a-8c71-${MARK}`,
            direction: 'outbound',
            dispositionName: 'disposition.classification.callable.person',
            dispositionAnalyzer: 'speech.person',
            ...LINE,
            ...CAMPAIGN,
            metrics: metrics(at(9_000), ['nOutbound', 'nOutboundAttempted', 'nOutboundConnected', 'tContacting']),
            segments: [
              { segmentType: 'dialing', segmentStart: at(0), segmentEnd: at(9_000), conference: false },
              {
                segmentType: 'interact',
                segmentStart: at(9_000),
                segmentEnd: at(80_000),
                conference: false,
                disconnectType: 'peer',
              },
            ],
          },
        ],
      },
      {
        participantId: `9a1ed4f1-6a9c-4f0b-a7a9-${MARK}`,
        participantName: 'Renewals',
        purpose: 'acd',
        sessions: [
          {
            sessionId: `5f0d4a4e-1f2c-4e25-9b9e-${MARK}`,
            direction: 'inbound',
            ...LINE,
            ...CAMPAIGN,
            metrics: metrics(at(14_000), ['tAcd', 'nOffered']),
            segments: [
              {
                segmentType: 'interact',
                segmentStart: at(9_500),
                segmentEnd: at(14_000),
                queueId: QUEUE,
                conference: false,
                disconnectType: 'transfer',
              },
            ],
          },
        ],
      },
      {
        participantId: `c6ad4f24-7181-4e23-9810-${MARK}`,
        participantName: 'Ada',
        purpose: 'agent',
        userId: '09445d76-bd2a-4135-8536-8e602065a148',
        sessions: [
          {
            sessionId: `7b8f6d8f-78cb-4ae9-9a3f-${MARK}`,
            direction: 'outbound',
            ...LINE,
            ...CAMPAIGN,
            metrics: metrics(at(95_000), ['tAlert', 'tAnswered', 'tTalk', 'tTalkComplete', 'tAcw', 'tHandle']),
            segments: [
              { segmentType: 'alert', segmentStart: at(10_000), segmentEnd: at(14_000), queueId: QUEUE },
              {
                segmentType: 'interact',
                segmentStart: at(14_000),
                segmentEnd: at(80_000),
                queueId: QUEUE,
                disconnectType: 'client',
              },
              {
                segmentType: 'wrapup',
                segmentStart: at(80_000),
                segmentEnd: at(95_000),
                queueId: QUEUE,
                wrapUpCode: '1c2be219-5e8a-4595-a051-8f9fb299ec78',
                wrapUpNote: '',
              },
            ],
          },
        ],
      },
    ],
  };
}

/** Dialled and not reached, with a verdict of the dialer's: 5 events. */
function unansweredCall(start: number): object {
  const at = clock(start);
  return {
    conversationId: `81f0a3d2-31c5-4c9b-bb0e-${MARK}`,
    conversationStart: at(0),
    conversationEnd: at(31_000),
    originatingDirection: 'outbound',
    divisionIds: ['6f1a7a52-6e2b-4d0c-8a53-0d8a3f6f8d10'],
    participants: [
      {
        participantId: `4de44d4b-2f0d-4a51-b0a7-${MARK}`,
        purpose: 'customer',
        sessions: [
          {
            sessionId: `b7b3f5de-53a4-4ea4-8c36-${MARK}`,
            direction: 'outbound',
            dispositionName: 'disposition.classification.callable.noanswer',
            dispositionAnalyzer: 'timeout',
            ...LINE,
            ...CAMPAIGN,
            metrics: metrics(at(30_000), ['nOutbound', 'nOutboundAttempted', 'tContacting']),
            segments: [
              { segmentType: 'dialing', segmentStart: at(0), segmentEnd: at(30_000), conference: false },
              {
                segmentType: 'wrapup',
                segmentStart: at(30_000),
                segmentEnd: at(31_000),
                conference: false,
                wrapUpCode: 'ININ-OUTBOUND-SIT-UNCALLABLE',
              },
            ],
          },
        ],
      },
    ],
  };
}

function metrics(emitDate: string, names: readonly string[]): readonly object[] {
  return names.map((name) => ({ emitDate, name, value: 1 }));
}

function clock(start: number): (offset: number) => string {
  return (offset) => new Date(start + offset).toISOString();
}
