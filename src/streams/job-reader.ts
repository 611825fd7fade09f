import { Failure, logFieldsOf, messageOf } from '../domain/failure.ts';
import { formatInstant } from '../domain/instant.ts';
import { MAX_JOB_MS, MAX_PIECE_MS } from '../domain/job-limits.ts';
import { backoffDelay, PAUSES } from '../domain/retry-policy.ts';
import type { StreamName } from '../domain/streams.ts';
import type { Window } from '../domain/window.ts';
import { withTimeLimit } from '../lib/abort.ts';
import { isOfAPart, logLeftOut, StallTracker } from '../lib/stall-tracker.ts';
import type { Clock } from '../ports/clock.ts';
import type { ConversationJobs } from '../ports/conversation-jobs.ts';
import type { Log } from '../ports/log.ts';
import type { RequestContext } from '../ports/request-context.ts';

/** A job under way, and the piece of a window that it reads. */
export interface RunningJob {
  readonly id: string;
  readonly piece: Window;
}

/** The parameters of the reading. */
export interface JobReading {
  readonly window: Window;
  /** An earlier job, whose piece the window begins with. */
  readonly running?: RunningJob | undefined;
  /**
   * Stores a job that was just submitted, so that a later process can resume it. By then everything of the
   * window before the job's piece has been yielded, and the consumer has asked for the next page. So a
   * consumer that delivers each page before it asks may rely on the window before the piece being done.
   */
  readonly remember: (job: RunningJob, context: RequestContext) => Promise<void>;
  /**
   * Called with each piece that cannot be read; must not throw. The piece is then left out at once: a command
   * goes on with the rest, and can be given again. Absent: it is left out after an hour.
   */
  readonly onGap?: ((gap: Window) => void) | undefined;
}

export interface JobReaderOptions {
  readonly jobs: ConversationJobs;
  readonly clock: Clock;
  readonly log: Log;
  readonly stream: StreamName;
  /** For how long what cannot be read holds the reading up; absent: an hour, counted from the first failure. */
  readonly stallTracker?: StallTracker | undefined;
}

/** No piece is halved below this, milliseconds. */
const MIN_PIECE_MS = 60_000;
/** The time limit for cancelling a job. It is a courtesy, and no reason to delay a shutdown. */
const CANCEL_TIMEOUT = 5_000;
/** Failures of the job itself, which a smaller job may avoid. */
const OF_THE_JOB: ReadonlySet<string> = new Set([
  'genesys.job',
  'genesys.rejected',
  'genesys.tooManyResults',
  'genesys.incomplete',
  'genesys.endless',
  'genesys.tooLarge',
]);

/**
 * Reads a window through jobs over the data lake: cut into pieces, oldest first, one job at a time. A job
 * that is refused, fails, expires or takes too long is submitted again over the first half of its piece,
 * unless that is too short. Pieces grow again with success.
 *
 * When reading ends early, a submitted job keeps running: it is stored, and the next reader of the window
 * resumes it. A job is cancelled only if no process can resume it: it could not be stored, or took too long.
 */
export class JobReader {
  private readonly options: JobReaderOptions;
  private readonly stallTracker: StallTracker;

  constructor(options: JobReaderOptions) {
    this.options = options;
    this.stallTracker = options.stallTracker ?? new StallTracker(options.clock);
  }

  /**
   * Conversations page by page; a piece that is read again repeats them. Rejects with a Failure, or with the
   * signal's reason.
   */
  async *read(
    { window, running, remember, onGap }: JobReading,
    context: RequestContext,
  ): AsyncGenerator<readonly unknown[], void, void> {
    let longest = MAX_PIECE_MS;
    let job = running;
    for (let at = window.start; at < window.end; ) {
      const piece = job?.piece ?? { start: at, end: Math.min(at + longest, window.end) };
      const isResumed = job !== undefined;
      try {
        job ??= await this.submit(piece, remember, context);
        await this.fulfilment(job.id, context);
        yield* this.results(job.id, piece, context);
        this.stallTracker.noteRead(piece);
        at = piece.end;
        longest = Math.min(MAX_PIECE_MS, longest * 2);
      } catch (failure) {
        if (this.tryLeaveOut(piece, failure, onGap)) at = piece.end;
        else longest = this.nextLength(piece, failure, isResumed);
      }
      job = undefined;
    }
  }

  private async submit(piece: Window, remember: JobReading['remember'], context: RequestContext): Promise<RunningJob> {
    const job = { id: await this.options.jobs.submit(piece, context), piece };
    try {
      await remember(job, context);
      return job;
    } catch (error) {
      await this.cancel(job.id, context);
      throw error;
    }
  }

  private async fulfilment(id: string, context: RequestContext): Promise<void> {
    const { jobs, clock } = this.options;
    const until = clock.monotonic() + MAX_JOB_MS;
    for (let looks = 1; !(await jobs.isFulfilled(id, context)); looks++) {
      if (clock.monotonic() >= until) {
        await this.cancel(id, context);
        throw this.unfinished(id);
      }
      await clock.sleep(backoffDelay(looks, PAUSES.job, clock.random()), context.signal);
    }
  }

  private async *results(
    id: string,
    piece: Window,
    context: RequestContext,
  ): AsyncGenerator<readonly unknown[], void, void> {
    for await (const { conversations, guaranteed } of this.options.jobs.results(id, context)) {
      if (guaranteed !== undefined && guaranteed < piece.end) throw this.incomplete(id, piece, guaranteed);
      yield conversations;
    }
  }

  /** Leaves out the rest of a piece that fails at every length. False while it is to be read again. */
  private tryLeaveOut(piece: Window, failure: unknown, onGap: JobReading['onGap']): boolean {
    const { log, stream } = this.options;
    const isShortest = Math.ceil((piece.end - piece.start) / 2) < MIN_PIECE_MS;
    if (!isOfAPart(failure) || !isShortest) return false;
    if (!onGap && !this.stallTracker.tryLeaveOut(piece)) return false;
    onGap?.(piece);
    logLeftOut(log, stream, piece, failure);
    return true;
  }

  /**
   * How long the next piece may be after this one failed; throws where another job does not help. An earlier
   * job may have been lost since, which says nothing of its piece. So that piece is asked for again however
   * short it is, or no later cycle would get past it.
   */
  private nextLength(piece: Window, failure: unknown, isResumed: boolean): number {
    const length = piece.end - piece.start;
    const half = Math.ceil(length / 2);
    const tooShort = half < MIN_PIECE_MS;
    if (!(failure instanceof Failure && OF_THE_JOB.has(failure.code)) || (tooShort && !isResumed)) throw failure;
    this.options.log.warn(
      'job.resubmitted',
      `A job failed: its period is ${tooShort ? 'requested again' : 'split in halves'}. ${failure.message}`,
      {
        stream: this.options.stream,
        ...logFieldsOf(failure),
        pieceStart: formatInstant(piece.start),
        pieceEnd: formatInstant(piece.end),
      },
    );
    return tooShort ? length : half;
  }

  private async cancel(id: string, context: RequestContext): Promise<void> {
    const { jobs, clock, log, stream } = this.options;
    const cancel = (signal: AbortSignal) => jobs.cancel(id, { signal, count: (what) => context.count(what) });
    try {
      await withTimeLimit(cancel, { clock, limit: CANCEL_TIMEOUT });
    } catch (error) {
      log.debug('job.cancelFailed', `A job could not be cancelled and ends by itself: ${messageOf(error)}`, {
        stream,
        jobId: id,
      });
    }
  }

  private unfinished(id: string): Failure {
    return new Failure({
      code: 'genesys.job',
      what: `Genesys has not finished the job ${id} within ${MAX_JOB_MS / 60_000} minutes`,
      why: 'the data lake is busy, or has forgotten it',
      remedy: 'Nothing is lost, the next cycle asks again; if it lasts, ask Genesys with the ID of the job',
      fields: { jobId: id },
    });
  }

  private incomplete(id: string, piece: Window, guaranteed: number): Failure {
    return new Failure({
      code: 'genesys.job',
      what: `The result of the job ${id} is not complete`,
      why: `it reaches to ${formatInstant(piece.end)}, and the data lake was complete only up to ${formatInstant(guaranteed)}`,
      remedy: 'Nothing is lost, the next cycle asks again; if it lasts, ask Genesys with the ID of the job',
      fields: { jobId: id },
    });
  }
}
