/** A conversation's record as it changes. */
export interface Draft {
  readonly conversationId: string;
  readonly conversationStart: string;
  conversationEnd?: string;
  readonly originatingDirection: string;
  readonly divisionIds: readonly string[];
  readonly participants: { participantId: string; purpose: string; userId?: string; sessions: DraftSession[] }[];
}
interface DraftSession {
  sessionId: string;
  mediaType: string;
  outboundCampaignId: string;
  dispositionName?: string;
  segments: Record<string, unknown>[];
}

/** The record before anything of it shows. */
export function emptyDraft({ conversationId, start }: { conversationId: string; start: number }): Draft {
  return {
    conversationId,
    conversationStart: new Date(start).toISOString(),
    originatingDirection: 'outbound',
    divisionIds: ['d1'],
    participants: [],
  };
}

/** Where in a conversation something happens. */
export interface Place {
  readonly participant: string;
  readonly purpose: string;
  readonly session: string;
}

/** The session of a place, made on first sight. */
export function sessionOf(draft: Draft, place: Place): DraftSession {
  const { conversationId } = draft;
  const participantId = `${conversationId}-${place.participant}`;
  let participant = draft.participants.find((one) => one.participantId === participantId);
  if (!participant) {
    const userId = place.purpose === 'agent' ? { userId: 'u1' } : {};
    participant = { participantId, purpose: place.purpose, ...userId, sessions: [] };
    draft.participants.push(participant);
  }
  const sessionId = `${conversationId}-${place.session}`;
  let session = participant.sessions.find((one) => one.sessionId === sessionId);
  if (!session) {
    session = { sessionId, mediaType: 'voice', outboundCampaignId: 'campaign-1', segments: [] };
    participant.sessions.push(session);
  }
  return session;
}
