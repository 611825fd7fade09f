import { Refusal } from './http.ts';
import { type Interval, parseInterval } from './interval.ts';
import { type RecordView, type SegmentView, timeOf } from './view.ts';

/** Whether something passes. */
type Test<T> = (subject: T) => boolean;

/** The filters of a query's body, ready to use. */
export interface Filters {
  /** Whether the body had any filter at all. */
  readonly any: boolean;
  /** A span outside of which a conversation cannot have all its times if it is to pass. */
  readonly touching: Interval;
  readonly test: Test<RecordView>;
}

/** Dimensions a conversation can be filtered by, and where the value is found. */
const CONVERSATION: Readonly<Record<string, (view: RecordView) => unknown>> = {
  conversationId: ({ record }) => record.conversationId,
  conversationStart: ({ record }) => record.conversationStart,
  conversationEnd: ({ record }) => record.conversationEnd,
  originatingDirection: ({ record }) => record.originatingDirection,
  divisionId: ({ record }) => record.divisionIds,
  externalTag: ({ record }) => record.externalTag,
  conversationInitiator: ({ record }) => record.conversationInitiator,
};

const ofParticipant = (name: string) => [name, ({ participant }: SegmentView) => participant[name]] as const;
const ofSession = (name: string) => [name, ({ session }: SegmentView) => session[name]] as const;
const ofSegment = (name: string) => [name, ({ segment }: SegmentView) => segment[name]] as const;

/** Dimensions a segment can be filtered by. There is a segmentEnd, but no segmentStart. */
const SEGMENT: Readonly<Record<string, (view: SegmentView) => unknown>> = Object.fromEntries([
  ...['participantId', 'purpose', 'userId', 'participantName'].map(ofParticipant),
  ...['sessionId', 'mediaType', 'direction', 'ani', 'dnis', 'provider', 'edgeId'].map(ofSession),
  ...['outboundCampaignId', 'outboundContactId', 'outboundContactListId'].map(ofSession),
  ...['dispositionName', 'dispositionAnalyzer'].map(ofSession),
  ...['segmentEnd', 'segmentType', 'disconnectType', 'queueId', 'wrapUpCode', 'errorCode'].map(ofSegment),
]);

const DATES = new Set(['conversationStart', 'conversationEnd', 'segmentEnd']);
const OPERATORS = new Set(['matches', 'exists', 'notExists']);

/**
 * Reads `conversationFilters` and `segmentFilters`. All filters have to hold; one segment filter holds if
 * some single segment passes it. What Genesys would not understand, or this simulator does not serve, is a
 * 400.
 */
export function readFilters(body: Readonly<Record<string, unknown>>): Filters {
  const spans: Interval[] = [];
  const conversation = readList(body, 'conversationFilters').map((filter) => readGroup(filter, CONVERSATION, spans));
  const segment = readList(body, 'segmentFilters').map((filter) => readGroup(filter, SEGMENT, spans));
  return {
    any: conversation.length + segment.length > 0,
    touching: {
      from: Math.max(Number.NEGATIVE_INFINITY, ...spans.map((span) => span.from)),
      to: Math.min(Number.POSITIVE_INFINITY, ...spans.map((span) => span.to)),
    },
    test: (view) =>
      conversation.every((passes) => passes(view)) && segment.every((passes) => view.segments.some(passes)),
  };
}

/** A filter, or a clause in one: its predicates and clauses, of which all or some have to hold. */
function readGroup<T>(
  group: Readonly<Record<string, unknown>>,
  dimensions: Readonly<Record<string, (subject: T) => unknown>>,
  spans: Interval[] | undefined,
): Test<T> {
  const { type } = group;
  if (type !== 'and' && type !== 'or') refuse('type', type);
  const required = type === 'and' ? spans : undefined;
  const tests = [
    ...readList(group, 'predicates').map((predicate) => readPredicate(predicate, dimensions, required)),
    ...readList(group, 'clauses').map((clause) => readGroup(clause, dimensions, required)),
  ];
  if (tests.length === 0) throw new Refusal(400, 'bad.request', 'A filter needs at least one predicate or clause.');
  return type === 'and'
    ? (subject) => tests.every((test) => test(subject))
    : (subject) => tests.some((test) => test(subject));
}

/** `spans` collects the intervals that a time of the conversation must lie in. */
function readPredicate<T>(
  predicate: Readonly<Record<string, unknown>>,
  dimensions: Readonly<Record<string, (subject: T) => unknown>>,
  spans: Interval[] | undefined,
): Test<T> {
  const { type = 'dimension', operator = 'matches', dimension, value } = predicate;
  if (type !== 'dimension') refuse('type', type);
  if (typeof operator !== 'string' || !OPERATORS.has(operator)) refuse('operator', operator);
  const read =
    typeof dimension === 'string' && Object.hasOwn(dimensions, dimension) ? dimensions[dimension] : undefined;
  if (!read || typeof dimension !== 'string') refuse('dimension', dimension);

  if (operator === 'exists') return (subject) => exists(read(subject));
  if (operator === 'notExists') return (subject) => !exists(read(subject));
  if (typeof value !== 'string' || value === '') refuse('value', value);
  if (!DATES.has(dimension)) {
    return (subject) => {
      const found = read(subject);
      return Array.isArray(found) ? found.includes(value) : found === value;
    };
  }
  const span = parseInterval(value, dimension);
  spans?.push(span);
  return (subject) => {
    const time = timeOf(read(subject));
    return time >= span.from && time < span.to;
  };
}

function exists(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== '';
}

function readList(parent: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>>[] {
  const list = parent[name] ?? [];
  if (!Array.isArray(list) || list.some((one) => typeof one !== 'object' || one === null)) refuse(name, list);
  return list;
}

function refuse(name: string, value: unknown): never {
  throw new Refusal(400, 'invalid.value', `Value [${JSON.stringify(value)}] is not valid for field type [${name}].`);
}
