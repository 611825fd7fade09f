import { ROLE_OF_PURPOSE, type Role } from './catalogue.ts';
import type { MalformedRecord } from './event.ts';
import { recordId } from './identity.ts';
import { type Fields, fieldsOf, textOf } from './json.ts';
import { boundedText, Piece, type Time } from './piece.ts';

/**
 * The parts of Genesys's AnalyticsConversation that events are made of. Every other member is ignored.
 */
export interface Conversation {
  readonly id: string;
  readonly start: Time;
  readonly end: Time;
  /** Sorted, since their order means nothing. */
  readonly divisionIds: readonly string[];
  readonly fields: Fields;
  readonly participants: readonly Participant[];
}
export interface Participant {
  readonly role: Role | undefined;
  readonly fields: Fields;
  readonly sessions: readonly Session[];
}
export interface Session {
  readonly fields: Fields;
  readonly segments: readonly Segment[];
}
export interface Segment {
  readonly type: string | undefined;
  readonly start: Time;
  readonly end: Time;
  readonly fields: Fields;
}

/** What rules read as texts, and events repeat. */
const TEXTS = {
  conversation: ['originatingDirection'],
  participant: ['participantId', 'purpose', 'userId'],
  session: [
    'sessionId',
    'peerId',
    'mediaType',
    'direction',
    'dispositionName',
    'dispositionAnalyzer',
    'outboundCampaignId',
    'outboundContactId',
    'outboundContactListId',
    'ani',
    'dnis',
  ],
  segment: ['segmentType', 'disconnectType', 'wrapUpCode', 'queueId'],
} as const;

/** What a malformed record names, so that it can be found in Genesys. */
type Whereabouts = Pick<MalformedRecord, 'conversationId' | 'time'>;
/** The IDs that a piece is known by. */
type Known = Readonly<Record<string, string>>;

/**
 * Reads a record of unknown shape. A member of a type that no rule can use becomes a malformed record and
 * counts as absent. Its neighbours are read. What cannot be identified is left out: a participant or session
 * whose own ID is malformed, or the whole conversation if it has no conversationId.
 */
export function readConversation(record: unknown): {
  conversation: Conversation | undefined;
  malformed: readonly MalformedRecord[];
} {
  const fields = fieldsOf(record);
  const id = boundedText(fields?.conversationId);
  if (!fields || id === undefined) return { conversation: undefined, malformed: [anonymous(record, fields ?? {})] };
  const piece = new Piece(fields);
  const start = piece.time('conversationStart');
  const end = piece.time('conversationEnd');
  piece.texts(TEXTS.conversation, boundedText);
  const where: Whereabouts = { conversationId: id, ...(typeof start === 'number' && { time: start }) };
  const malformed: MalformedRecord[] = [];
  const known = { conversationId: id };
  const participants = piece.objects('participants').flatMap((one) => readParticipant(one, known, where, malformed));
  const divisionIds = [...new Set(piece.list('divisionIds', textOf, 'text'))].sort();
  noteGrowing(piece, known, where, malformed);
  return { conversation: { id, start, end, divisionIds, fields, participants }, malformed };
}

function readParticipant(fields: Fields, ids: Known, where: Whereabouts, malformed: MalformedRecord[]): Participant[] {
  const piece = new Piece(fields);
  piece.texts(TEXTS.participant, boundedText);
  const known = withId('participantId', fields, ids);
  const sessions = piece.objects('sessions').flatMap((one) => readSession(one, known, where, malformed));
  noteGrowing(piece, known, where, malformed);
  if ('participantId' in piece.malformedPiece) return [];
  return [{ role: ROLE_OF_PURPOSE.get(fields.purpose), fields, sessions }];
}

function readSession(fields: Fields, ids: Known, where: Whereabouts, malformed: MalformedRecord[]): Session[] {
  const piece = new Piece(fields);
  piece.texts(TEXTS.session, boundedText);
  const segments = piece.objects('segments').map((one) => readSegment(one, where, malformed));
  noteGrowing(piece, withId('sessionId', fields, ids), where, malformed);
  return 'sessionId' in piece.malformedPiece ? [] : [{ fields, segments }];
}

function readSegment(fields: Fields, where: Whereabouts, malformed: MalformedRecord[]): Segment {
  const piece = new Piece(fields);
  const segment: Segment = {
    type: boundedText(fields.segmentType),
    start: piece.time('segmentStart'),
    end: piece.time('segmentEnd'),
    fields,
  };
  piece.texts(TEXTS.segment, boundedText);
  if (piece.reasons.length > 0) {
    malformed.push({ ...where, id: recordId(fields), reason: piece.reasons.join('; '), record: fields });
  }
  return segment;
}

/**
 * Notes what is malformed in a conversation, participant or session itself. All three grow from poll to poll,
 * and the malformed members stay. So the ID is made of these members alone, and of the IDs that tell where
 * they are: they become one dead letter.
 */
function noteGrowing(piece: Piece, known: Known, where: Whereabouts, malformed: MalformedRecord[]): void {
  if (piece.reasons.length === 0) return;
  const id = recordId({ ...known, ...piece.malformedPiece });
  malformed.push({ ...where, id, reason: piece.reasons.join('; '), record: piece.fields });
}

function withId(name: string, fields: Fields, ids: Known): Known {
  const id = boundedText(fields[name]);
  return id === undefined ? ids : { ...ids, [name]: id };
}

/**
 * A record without a conversationId. Its ID is a hash of the members that exist from the start, or of the
 * whole record if there are none. Members that are added later do not change it, so it stays one dead letter.
 */
function anonymous(record: unknown, fields: Fields): MalformedRecord {
  const { participants: _, conversationEnd: __, ...lasting } = fields;
  const piece = new Piece(fields);
  piece.texts(['conversationId'], boundedText);
  return {
    id: recordId(Object.keys(lasting).length > 0 ? lasting : record),
    reason: piece.reasons[0] ?? 'no conversationId',
    record,
  };
}
