import type { Interval } from './interval.ts';
import type { ConversationRecord, ParticipantRecord, SegmentRecord, SessionRecord } from './record.ts';

/** A segment with all that it belongs to. */
export interface SegmentView {
  readonly participant: ParticipantRecord;
  readonly session: SessionRecord;
  readonly segment: SegmentRecord;
}

/** A record laid out for filters and sorting. */
export interface RecordView {
  readonly record: ConversationRecord;
  /** NaN where there is no such time. */
  readonly start: number;
  readonly end: number;
  readonly segments: readonly SegmentView[];
}

/** Lays out a record. */
export function viewOf(record: ConversationRecord): RecordView {
  return {
    record,
    start: timeOf(record.conversationStart),
    end: timeOf(record.conversationEnd),
    segments: present(record.participants).flatMap((participant) =>
      present(participant.sessions).flatMap((session) =>
        present(session.segments).map((segment) => ({ participant, session, segment })),
      ),
    ),
  };
}

/**
 * Whether any of the conversation's life, which has no end yet or lasts until its conversationEnd, is in the
 * interval.
 */
export function livesIn({ start, end }: RecordView, interval: Interval): boolean {
  return start < interval.to && !(end < interval.from);
}

/** Epoch milliseconds of a time in a record, NaN for anything else. */
export function timeOf(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value) : Number.NaN;
}

function present<T extends object>(list: readonly (T | null)[] | null | undefined): readonly T[] {
  return (list ?? []).filter((element) => element !== null);
}
