import type { SentEntry } from './put-events.ts';

/** What goes wrong with one PutEvents call. */
export type BusFault =
  /** These entries fail with this code, HTTP 200; the others are accepted. */
  | {
      readonly kind: 'entries';
      readonly code: string;
      readonly which: (entry: SentEntry, index: number) => boolean;
      /** Absent: one that names the code. */
      readonly message?: string;
    }
  /** The whole call is refused: HTTP 400 with this code, such as ValidationException. Nothing is accepted. */
  | { readonly kind: 'refuse'; readonly code: string; readonly message?: string }
  /** The whole call is throttled: HTTP 400, ThrottlingException. */
  | { readonly kind: 'throttle' }
  /** HTTP 500. Nothing is accepted. */
  | { readonly kind: 'error' }
  /** Nothing is accepted and no answer ever comes; the connection stays open. */
  | { readonly kind: 'hang' }
  /** The headers of an answer come, its body never does. Everything is accepted. */
  | { readonly kind: 'stall' }
  /** Everything is accepted, then the connection breaks without an answer. */
  | { readonly kind: 'acceptThenDrop' };

/** Decides, with the number of the call (1, 2, …), what goes wrong with it. */
export type FaultPlan = (call: number) => BusFault | undefined;

/** The faults of a bus: those queued come first, one a call, then the standing plan. */
export class BusFaults {
  /** Operations that IAM denies (HTTP 400, AccessDeniedException), such as `PutEvents`. */
  readonly denied = new Set<string>();
  private queued: BusFault[] = [];
  private plan: FaultPlan = () => undefined;

  /** The next calls fail in this way, one each. */
  next(...faults: readonly BusFault[]): void {
    this.queued.push(...faults);
  }

  /** Every further call fails in this way, or as the plan says, until that is changed. */
  always(fault: BusFault | FaultPlan): void {
    this.plan = typeof fault === 'function' ? fault : () => fault;
  }

  /** Nothing goes wrong any more. */
  none(): void {
    this.denied.clear();
    this.queued = [];
    this.plan = () => undefined;
  }

  /** The fault of this call. A queued one is used up by it. */
  take(call: number): BusFault | undefined {
    return this.queued.shift() ?? this.plan(call);
  }
}
