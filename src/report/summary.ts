import type { Instant } from '../domain/instant.ts';
import type { Behind } from './pace.ts';
import { dayOf, spokenDuration, spokenTime } from './words.ts';

/** A stream that is to keep up with Genesys. */
export interface StreamSummary {
  readonly poller: string;
  readonly stream: string;
  readonly largestLagMs: number;
  readonly behind: readonly BehindSummary[];
}

export interface BehindSummary extends Behind {
  /** Milliseconds of it in which Genesys throttled. */
  readonly throttledMs: number;
}

export interface SummaryInput {
  readonly from: Instant;
  readonly to: Instant;
  readonly pollers: number;
  readonly streams: readonly StreamSummary[];
  readonly deadLetters: number;
  /** Periods that were not published, or not read: how many, and how long altogether. */
  readonly gaps: { readonly count: number; readonly ms: number };
  /** Lines that are missing in the log. */
  readonly dropped: number;
}

/**
 * A shorter time behind is what a poll that failed once, or a large window, makes of a stream that is well.
 */
const WORTH_MENTIONING = 60_000;
/** Of a short log a shorter time is worth mentioning: this share of it. */
const WORTH_MENTIONING_SHARE = 0.05;
/** From this share of the time on, throttling or silence is the cause and failures are its symptoms. */
const CAUSE_SHARE = 0.2;

/**
 * What an operator wants to know first, in three sentences: behind or not and why, whether it is over, what
 * is lost.
 */
export function summarise(input: SummaryInput): readonly [string, string, string] {
  const shortest = Math.min(WORTH_MENTIONING, (input.to - input.from) * WORTH_MENTIONING_SHARE);
  const all = input.streams
    .flatMap((stream) =>
      stream.behind.map((behind) => ({ stream, behind, ms: (behind.until ?? input.to) - behind.from })),
    )
    .filter(({ ms }) => ms >= shortest)
    .toSorted((a, b) => b.ms - a.ms);
  const [longest] = all;
  if (!longest)
    return [`Never behind for longer than ${spokenDuration(shortest)}.`, lagSentence(input), lossSentence(input)];
  const { stream, behind, ms } = longest;
  const from = spokenTime(behind.from, dayOf(input.from) !== dayOf(input.to));
  const first = `The stream ${nameOf(stream, input)} was behind for ${spokenDuration(ms)} from ${from}, ${causeOf(behind, ms)}.`;
  const { from: begun, until = input.to } = behind;
  // Streams are behind together where they have a cause in common.
  const others = all.filter((other) => other.behind.from > until || (other.behind.until ?? input.to) < begun);
  const lengths = others.map((other) => other.ms);
  return [first, endSentence(behind, lengths, input), lossSentence(input)];
}

function endSentence({ until }: BehindSummary, others: readonly number[], { from, to }: SummaryInput): string {
  const isLong = dayOf(from) !== dayOf(to);
  const end =
    until === undefined
      ? `It had not caught up when the log ends at ${spokenTime(to, isLong)}`
      : `It caught up at ${spokenTime(until, isLong)}`;
  const total = others.reduce((sum, ms) => sum + ms, 0);
  if (others.length === 0) return `${end}.`;
  return `${end}; ${others.length === 1 ? 'another time behind lasted' : `${others.length} other times behind lasted`} ${spokenDuration(total)}${others.length > 1 ? ' in all' : ''}.`;
}

function lagSentence(input: SummaryInput): string {
  const [worst] = input.streams.toSorted((a, b) => b.largestLagMs - a.largestLagMs);
  if (!worst) return 'The log shows no cycle of a live stream.';
  return `The largest lag was ${spokenDuration(worst.largestLagMs)}, of the stream ${nameOf(worst, input)}.`;
}

function lossSentence({ gaps, deadLetters, dropped }: SummaryInput): string {
  const periods = gaps.count === 1 ? 'A period' : `${gaps.count} periods`;
  const lost = gaps.count === 0 ? 'Nothing lost' : `${periods} of ${spokenDuration(gaps.ms)} not published`;
  const letters =
    deadLetters === 0 ? 'no dead letter' : deadLetters === 1 ? '1 dead letter' : `${deadLetters} dead letters`;
  const missing = dropped === 0 ? '' : `; ${dropped} lines are missing in the log, so that there may be more`;
  return `${lost}, ${letters}${missing}.`;
}

function nameOf({ poller, stream }: StreamSummary, { pollers }: SummaryInput): string {
  return pollers > 1 ? `${stream} of ${poller}` : stream;
}

/** What the failures of a code mean, as the end of a sentence. */
const CAUSES: ReadonlyMap<string, string> = new Map([
  ['genesys.credentials', 'Genesys refused the login'],
  ['genesys.token', 'Genesys refused the token'],
  ['genesys.permission', 'Genesys denied a permission'],
  ['genesys.unreachable', 'Genesys could not be reached'],
  ['genesys.throttled', 'Genesys throttled'],
  ['genesys.job', 'a job of the data lake failed'],
  ['aws.credentials', 'AWS refused the credentials'],
  ['table.denied', 'AWS denied access to a table'],
  ['table.missing', 'a table is missing'],
  ['table.unavailable', 'DynamoDB could not be used'],
  ['bus.denied', 'AWS denied access to the bus'],
  ['bus.missing', 'the bus is missing'],
  ['bus.unavailable', 'EventBridge could not be used'],
  ['bus.rejected', 'EventBridge refused the events'],
  ['poller.stuck', 'a cycle hung'],
  ['lease.lost', 'the lease was lost'],
  ['lease.released', 'a cycle hung and the lease was released'],
]);

function causeOf({ codes, silentMs, throttledMs }: BehindSummary, ms: number): string {
  if (silentMs >= ms * CAUSE_SHARE) return 'because no poller was running';
  if (throttledMs >= ms * CAUSE_SHARE) return 'because Genesys throttled';
  const [most] = [...codes].toSorted(([, a], [, b]) => b - a);
  if (!most) return 'because there was a backlog to read';
  return `because ${CAUSES.get(most[0]) ?? `cycles failed with ${most[0]}`}`;
}
