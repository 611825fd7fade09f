/**
 * Conversations as the analytics API serves them: Genesys's AnalyticsConversation and its parts, with every
 * member optional and open, as they are in fact. Only the members that the simulator itself reads are named.
 */
export interface ConversationRecord {
  conversationId?: string;
  conversationStart?: string | null;
  conversationEnd?: string | null;
  originatingDirection?: string | null;
  divisionIds?: string[] | null;
  participants?: (ParticipantRecord | null)[] | null;
  [member: string]: unknown;
}

export interface ParticipantRecord {
  participantId?: string;
  purpose?: string | null;
  userId?: string | null;
  sessions?: (SessionRecord | null)[] | null;
  [member: string]: unknown;
}

export interface SessionRecord {
  sessionId?: string;
  mediaType?: string | null;
  direction?: string | null;
  segments?: (SegmentRecord | null)[] | null;
  [member: string]: unknown;
}

export interface SegmentRecord {
  segmentType?: string | null;
  segmentStart?: string | null;
  segmentEnd?: string | null;
  disconnectType?: string | null;
  wrapUpCode?: string | null;
  [member: string]: unknown;
}
