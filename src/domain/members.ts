/** A member of a published event. Where it is present it is neither null nor empty. */
export interface Member {
  /** A text; a time in the three-digit UTC form; a SHA-256; a list of texts; an object of texts. */
  readonly form: 'text' | 'time' | 'hash' | 'texts' | 'entity';
  /** For consumers: it stands in the JSON Schema, the TypeScript types and the documents. */
  readonly description: string;
  /**
   * All the values there are. Only where this program decides: to lists of Genesys's own values others are
   * added.
   */
  readonly values?: readonly string[];
}

/** The TypeScript type of a member's value. */
export type ValueOf<M extends Member> = M extends { readonly values: readonly (infer Value)[] }
  ? Value
  : { text: string; time: string; hash: string; texts: readonly string[]; entity: Entity }[M['form']];
type Entity = Readonly<Record<string, string>>;

/**
 * `detail.data`: every member that an event can have, in the order in which an event has them. Which members
 * a type has stands in the catalogue.
 */
export const DATA = {
  eventType: { form: 'text', description: "The event's type, the same as its detail-type." },
  timestamp: { form: 'time', description: "When it happened. Repeated to the second in the event's own `time`." },

  conversationId: { form: 'text', description: 'The conversation.' },
  conversationStart: { form: 'time', description: 'When the conversation began.' },
  originatingDirection: { form: 'text', description: 'Who began the conversation: `outbound` or `inbound`.' },
  divisionIds: { form: 'texts', description: 'The divisions that the conversation belongs to, sorted.' },

  participantId: { form: 'text', description: 'The participant.' },
  purpose: {
    form: 'text',
    description: "What the participant does: `agent`, `customer` (Genesys's `external` too), `acd` (a queue), …",
  },
  agentId: { form: 'text', description: 'The user that the agent is.' },

  sessionId: { form: 'text', description: 'The session: one medium of one participant.' },
  peerId: { form: 'text', description: 'The session at the other end.' },
  mediaType: { form: 'text', description: "The session's medium: `voice`, `email`, `callback`, …" },
  direction: { form: 'text', description: "The session's direction: `outbound` or `inbound`." },
  outboundCampaignId: { form: 'text', description: 'The campaign that the session belongs to.' },
  outboundContactId: { form: 'text', description: "The contact on the campaign's contact list." },
  outboundContactListId: { form: 'text', description: "The campaign's contact list." },
  ani: {
    form: 'text',
    description: "The caller's number or address; masked or left out as `privacy.phoneNumbers` says.",
  },
  dnis: {
    form: 'text',
    description: 'The number or address called; masked or left out as `privacy.phoneNumbers` says.',
  },

  queueId: { form: 'text', description: "The segment's queue." },
  segmentStart: { form: 'time', description: 'When the segment began.' },
  segmentEnd: { form: 'time', description: 'When the segment ended.' },
  disconnectType: {
    form: 'text',
    description:
      'How the segment ended: `peer` (the other side hung up), `client` or `endpoint` (this side did), `transfer`, …',
  },

  disposition: {
    form: 'text',
    description: "The wrap-up code: its ID, or a text of Genesys's own such as `ININ-OUTBOUND-PREVIEW-SKIPPED`.",
  },
  dispositionSource: {
    form: 'text',
    description: '`system` if the code begins with `ININ-` or `OUTBOUND-`, on any segment; else `agent`.',
    values: ['agent', 'system'],
  },
  callAnalysisDisposition: {
    form: 'text',
    description: 'What call analysis found: `disposition.classification.callable.person`, …',
  },
  dispositionAnalyzer: { form: 'text', description: 'What the finding rests on: `speech.person`, …' },

  id: { form: 'text', description: 'The entry of the log.' },
  level: { form: 'text', description: 'How serious it is: `INFO`, `WARNING` or `ERROR`.' },
  category: { form: 'text', description: 'What the entry is about: `CAMPAIGN`, …' },
  code: { form: 'text', description: 'What happened: `CAMPAIGN_STOPPED`, …' },
  message: { form: 'text', description: 'The same for people; `privacy.phoneNumbers` governs the numbers in it.' },
  correlationId: { form: 'text', description: "What Genesys's support asks for." },
  relatedEntity: { form: 'entity', description: 'What the entry concerns: its ID, name, …' },
  errorEntity: { form: 'entity', description: 'What caused the error: its ID, name, …' },
} as const satisfies Readonly<Record<string, Member>>;

export type DataMember = keyof typeof DATA;
