import type { Window } from '../domain/window.ts';
import type { RequestContext } from './request-context.ts';
import type { Checkpoint } from './state-store.ts';

/** A run of the backfill: the period that makes it this run and no other, and how far it has come. */
export interface BackfillRun {
  readonly period: Window;
  /** Its origin is the beginning of the period. It moves as any stream's checkpoint does, by StateTable. */
  readonly checkpoint: Checkpoint;
  /** The periods that earlier runs were asked for, in order and apart from one another. */
  readonly earlier: readonly Window[];
}

/** The latest run of a poller, finished or not, and the periods of those before it. */
export interface BackfillRuns {
  /** Strongly consistent. */
  read(context: RequestContext): Promise<BackfillRun | undefined>;
  /**
   * Puts a run in the place of whatever is stored. Refused only if a higher fence is stored. Idempotent: the
   * same write repeated is written again.
   */
  write(run: BackfillRun, context: RequestContext): Promise<'written' | 'refused'>;
}
