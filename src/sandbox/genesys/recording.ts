import type { Fact } from './facts.ts';
import type { ConversationRecord } from './record.ts';

/** A piece of a record: the conversation itself, or something in a list inside another piece. */
export interface Piece {
  readonly parent?: Piece;
  readonly list?: 'participants' | 'sessions' | 'segments';
}

/** One change of a record: at `at` it happens, from `visibleAt` on Genesys shows it. */
export interface Step {
  readonly at: number;
  readonly visibleAt: number;
  readonly piece: Piece;
  readonly set: Readonly<Record<string, unknown>>;
}

/**
 * A conversation from its first trace to its last: steps in the order in which they happen, which is also the
 * order in which they show. What is known of it at any time is a number of its first steps.
 */
export interface Recording {
  readonly conversationId: string;
  readonly steps: readonly { readonly at: number; readonly visibleAt: number }[];
  /** The record with that many steps taken. Callers must not change it. */
  recordAfter(steps: number): ConversationRecord;
  /** Made when asked for: who only reads records need not pay for them. */
  facts(): readonly Fact[];
  /** The earliest and the latest time that the record ever bears. */
  readonly times: readonly [number, number];
}

/** How many steps show at a time. */
export function stepsShown(recording: Recording, time: number): number {
  return countWhile(recording.steps, (step) => step.visibleAt <= time);
}

/** How many of the steps that show at a time happened by `happenedBy`. */
export function stepsShownOf(recording: Recording, time: number, happenedBy: number): number {
  return countWhile(recording.steps, (step) => step.visibleAt <= time && step.at <= happenedBy);
}

/**
 * A conversation composed of changes. `root` is the conversation; the other pieces come to be with their
 * first step.
 */
export function recordingOf(
  recorded: Pick<Recording, 'conversationId' | 'facts' | 'times'> & { readonly steps: readonly Step[] },
  root: Piece,
  newestFirst: boolean,
): Recording {
  const { steps } = recorded;
  let cached: { steps: number; record: ConversationRecord } | undefined;
  return {
    ...recorded,
    recordAfter(count) {
      if (cached?.steps !== count) cached = { steps: count, record: build(root, steps.slice(0, count), newestFirst) };
      return cached.record;
    },
  };
}

/** A conversation given as the records that Genesys shows from certain times on. */
export function recordingOfSnapshots(
  snapshots: readonly { readonly at: number; readonly record: ConversationRecord }[],
  facts: readonly Fact[],
): Recording {
  return {
    conversationId: snapshots[0]?.record.conversationId ?? '',
    steps: snapshots.map(({ at }) => ({ at, visibleAt: at })),
    recordAfter: (count) => snapshots[count - 1]?.record ?? {},
    facts: () => facts,
    times: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  };
}

type Members = Record<string, unknown>;

function build(root: Piece, steps: readonly Step[], newestFirst: boolean): ConversationRecord {
  const built = new Map<Piece, Members>();
  const membersOf = (piece: Piece): Members => {
    const existing = built.get(piece);
    if (existing) return existing;
    const members: Members = {};
    built.set(piece, members);
    if (piece.parent && piece.list) {
      const parent = membersOf(piece.parent);
      const siblings = (parent[piece.list] ?? []) as Members[];
      parent[piece.list] = newestFirst ? [members, ...siblings] : [...siblings, members];
    }
    return members;
  };
  for (const step of steps) Object.assign(membersOf(step.piece), step.set);
  return membersOf(root);
}

function countWhile<T>(list: readonly T[], holds: (element: T) => boolean): number {
  const end = list.findIndex((element) => !holds(element));
  return end < 0 ? list.length : end;
}
