/**
 * An entry was refused, and the refusal does not say whether the entry, the sink or the account is at fault:
 * a code that may come for every entry, or a whole request that was refused until this entry was alone in it.
 * A dead letter for a sound entry is an event that an operator has to redrive by hand. A whole window of them
 * turns an outage into loss. Doubt about a sound sink costs time only.
 *
 * So the sink is doubted first, and the cycle fails with the checkpoint where it is. Each further cycle sends
 * the entry again, and what the sink takes meanwhile is the evidence:
 *
 *     it takes nothing                        the sink is at fault
 *     it takes as many others as it refuses   those few are at fault, once each has been refused three times
 *
 * Only what was sent after an entry's first refusal, or in the same request, is evidence about it: a sink
 * that breaks has taken other entries just before. A refusal of a request that went out before anything was
 * taken is no evidence either: the sink may have mended meanwhile, and the entry is sent again. An entry that
 * was refused and is taken after all shows that the sink was at fault: the evidence about the others is
 * collected again from nothing.
 *
 * A single event in a quiet hour has no neighbours that could be evidence, and must not hold up for ever what
 * comes after it. If it is the only one in doubt for two hours, it becomes a dead letter. Where the sink
 * refuses several different events and takes none, the sink is almost certainly at fault. Then one of them is
 * given up after a day, to see whether the others go through without it, and another one after the next day.
 * So a sink that refuses everything costs one dead letter a day at most. An entry that was given up once is a
 * dead letter: refused again, it is given up at once.
 */
export interface Evidence {
  /** How often this entry was refused. */
  readonly refusals: number;
  /** How many others the sink has taken: sent with this entry, or after its first refusal. */
  readonly taken: number;
  /** How many different entries were refused lately and are in doubt, this one included. */
  readonly inDoubt: number;
  /** Since the entry was first refused, or since another was given up; milliseconds. */
  readonly doubtedFor: number;
}

/**
 * The cause of a refusal. `unproven`: the entry by all appearances; it is sent again before it becomes a dead
 * letter.
 */
export type Cause = 'entry' | 'unproven' | 'sink';

/**
 * Refusals before a dead letter, given evidence. Pauses lie between them: a sink that refuses some entries at
 * random has time to mend.
 */
const REFUSALS_BEFORE_DEAD_LETTER = 3;

/** Milliseconds: time for an operator to mend a sink. */
export const ALONE_IN_DOUBT = 2 * 3_600_000;
export const AMONG_OTHERS_IN_DOUBT = 24 * 3_600_000;

export function causeOf({ refusals, taken, inDoubt, doubtedFor }: Evidence): Cause {
  if (taken >= inDoubt) return refusals >= REFUSALS_BEFORE_DEAD_LETTER ? 'entry' : 'unproven';
  return doubtedFor >= (inDoubt === 1 ? ALONE_IN_DOUBT : AMONG_OTHERS_IN_DOUBT) ? 'entry' : 'sink';
}
