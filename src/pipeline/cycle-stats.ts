import type { Traffic } from '../ports/request-context.ts';

/** What a cycle has done so far; the names are those of its log line. */
export class CycleStats {
  conversations = 0;
  /** Events derived from what was read, wanted by `events.include`: each is one of the following, or still under way. */
  derived = 0;
  /** Met before: already published, or counted as too old. */
  duplicates = 0;
  /** Skipped for its age: each event once, however often it is met. */
  tooOld = 0;
  /** Entries of the event log that appeared later than its hourly look back reaches: not published. */
  tooLate = 0;
  /** Entries that EventBridge accepted, one by one, and nothing else. */
  published = 0;
  /** Entries that a v2 bus recognised as repeats: they had been accepted before. */
  suppressed = 0;
  deadLettered = 0;
  genesysRequests = 0;
  genesysThrottled = 0;
  putEventsCalls = 0;
  dynamoCalls = 0;

  /** Whether everything that was met had been dealt with before. */
  get foundNothing(): boolean {
    return this.derived === this.duplicates && this.deadLettered === 0;
  }

  readonly count = (what: Traffic): void => {
    this[what]++;
  };
}
