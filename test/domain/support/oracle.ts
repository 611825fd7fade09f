import { createHash } from 'node:crypto';

/**
 * The catalogue a second time, written plainly from its specification and sharing nothing with the program:
 * which IDs a conversation must yield, and which pieces of it must become dead letters.
 */
export interface Verdict {
  /** The ID of each event with the recipe it is the hash of. */
  readonly recipes: ReadonlyMap<string, string>;
  readonly malformed: ReadonlySet<string>;
}

type Json = Record<string, unknown>;
type Timestamp = string | 'absent' | 'malformedPiece';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

export function sha256(text: string): string {
  return createHash('sha256').update(Buffer.from(text, 'utf8')).digest('hex');
}

/**
 * Canonical JSON: no white space, members in code-unit order, everything else as JSON.stringify writes it.
 */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical((value as Json)[name])}`).join(',')}}`;
}

/** An event's ID by the recipe of the contract. */
export function idOf(...parts: [string, string, string, string?, string?, string?]): string {
  return sha256([0, 1, 2, 3, 4, 5].map((index) => parts[index] ?? '').join(':'));
}

/** What an event repeats: neither overly long nor half a character. */
const text = (value: unknown): string =>
  typeof value === 'string' &&
  value.length <= 4_096 &&
  value.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '').search(/[\ud800-\udfff]/) < 0
    ? value
    : '';

function timestamp(value: unknown): Timestamp {
  if (value === undefined || value === null || value === '') return 'absent';
  if (typeof value !== 'string' || !INSTANT.test(value)) return 'malformed';
  // Date lets 30 February pass as 2 March; without its zone a time that exists comes back as it was written.
  const [day, local] = [value.slice(0, 10), new Date(`${value.slice(0, 16)}Z`)];
  if (Number.isNaN(local.getTime()) || local.toISOString().slice(0, 10) !== day) return 'malformed';
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? 'malformed' : date.toISOString();
}

const isTime = (value: Timestamp): value is string => value !== 'absent' && value !== 'malformed';

/** The earliest start among segments; nothing can be said while one of them has an unreadable start. */
function earliest(segments: Json[]): string | undefined {
  const starts = segments.map((segment) => timestamp(segment.segmentStart));
  return starts.includes('malformed') ? undefined : starts.filter(isTime).sort()[0];
}

export function judge(conversation: unknown): Verdict {
  const recipes = new Map<string, string>();
  const malformed = new Set<string>();
  const c = isObject(conversation) ? conversation : {};
  const id = text(c.conversationId);
  const malformedPiece = (piece: unknown) => malformed.add(sha256(canonical(piece)));
  if (id === '') {
    const lasting = Object.entries(c).filter(([name]) => name !== 'participants' && name !== 'conversationEnd');
    malformedPiece(lasting.length > 0 ? Object.fromEntries(lasting) : conversation);
    return { recipes, malformed };
  }
  const nothing = (value: unknown) => value === undefined || value === null || value === '';
  /** The members that are there and are no use, each malformed by itself. */
  const useless = (piece: Json, texts: readonly string[], times: readonly string[], lists: readonly string[]): Json => {
    const found: Json = {};
    for (const name of texts) if (!nothing(piece[name]) && text(piece[name]) === '') found[name] = piece[name];
    for (const name of times) if (timestamp(piece[name]) === 'malformed') found[name] = piece[name];
    for (const name of lists) {
      const list = piece[name];
      if (nothing(list)) continue;
      const isUse = (one: unknown) =>
        nothing(one) || (name === 'divisionIds' ? typeof one === 'string' : isObject(one));
      if (!Array.isArray(list)) found[name] = list;
      else if (!list.every(isUse)) {
        found[name] = list
          .filter((one) => !isUse(one))
          .map((one) => canonical(one))
          .sort()
          .map((one) => JSON.parse(one) as unknown);
      }
    }
    return found;
  };
  const judgeGrowing = (ids: Json, found: Json) => {
    if (Object.keys(found).length > 0) malformedPiece({ ...ids, ...found });
  };
  const withId = (ids: Json, name: string, piece: Json) =>
    text(piece[name]) === '' ? ids : { ...ids, [name]: piece[name] };

  const event = (type: string, time: Timestamp | undefined, p: Json = {}, s: Json = {}, qualifier: unknown = '') => {
    if (time === undefined || !isTime(time)) return;
    const recipe = [id, type, time, text(p.participantId), text(s.sessionId), text(qualifier)].join(':');
    recipes.set(sha256(recipe), recipe);
  };
  const objects = (list: unknown): Json[] => (Array.isArray(list) ? list.filter(isObject) : []);

  const ids = { conversationId: id };
  judgeGrowing(
    ids,
    useless(c, ['originatingDirection'], ['conversationStart', 'conversationEnd'], ['participants', 'divisionIds']),
  );
  event('conversationStarted', timestamp(c.conversationStart));
  event('conversationEnded', timestamp(c.conversationEnd));
  for (const p of objects(c.participants)) {
    const ofParticipant = useless(p, ['participantId', 'purpose', 'userId'], [], ['sessions']);
    const pIds = withId(ids, 'participantId', p);
    judgeGrowing(pIds, ofParticipant);
    const agent = p.purpose === 'agent' || p.purpose === 'user';
    const contact = p.purpose === 'customer' || p.purpose === 'external';
    const queue = p.purpose === 'acd';
    for (const s of objects(p.sessions)) {
      const ofSession = useless(s, SESSION_TEXTS, [], ['segments']);
      judgeGrowing(withId(pIds, 'sessionId', s), ofSession);
      const segments = objects(s.segments);
      for (const g of segments) {
        const ofSegment = useless(g, SEGMENT_TEXTS, ['segmentStart', 'segmentEnd'], []);
        if (Object.keys(ofSegment).length > 0) malformedPiece(g);
      }
      // What cannot be distinguished from others is not an event.
      if ('participantId' in ofParticipant || 'sessionId' in ofSession) continue;
      const interacts = segments.filter((g) => g.segmentType === 'interact');
      if (text(s.dispositionName) !== '') event('callAnalyzed', earliest(segments), p, s, s.dispositionName);
      if (contact) event('contactConnected', earliest(interacts), p, s);
      if (queue) event('queueEntered', earliest(segments), p, s);
      if (agent) event('agentCallConnected', earliest(interacts), p, s);
      for (const g of segments) {
        const [start, end] = [timestamp(g.segmentStart), timestamp(g.segmentEnd)];
        const disconnected = text(g.disconnectType) !== '';
        const talking = g.segmentType === 'interact' || g.segmentType === 'hold';
        if (g.segmentType === 'dialing') event('contactDialed', start, p, s);
        if (queue && disconnected) event('queueExited', end, p, s);
        if (agent && g.segmentType === 'alert') event('agentAlerted', start, p, s);
        if (agent && talking && disconnected) event('agentCallDisconnected', end, p, s);
        if (contact && talking && disconnected) event('contactDisconnected', end, p, s);
        if (text(g.wrapUpCode) !== '') event('dispositionSet', end, p, s, g.wrapUpCode);
      }
    }
  }
  return { recipes, malformed };
}

const SESSION_TEXTS = [
  ...['sessionId', 'peerId', 'mediaType', 'direction', 'dispositionName', 'dispositionAnalyzer', 'ani', 'dnis'],
  ...['outboundCampaignId', 'outboundContactId', 'outboundContactListId'],
];
const SEGMENT_TEXTS = ['segmentType', 'disconnectType', 'wrapUpCode', 'queueId'];

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
