import type { Instant } from '../domain/instant.ts';
import type { StreamName } from '../domain/streams.ts';
import type { Plan, Window } from '../domain/window.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { Checkpoint, CycleStateStore, StoredJob } from '../ports/state-store.ts';
import type { JobReader, RunningJob } from './job-reader.ts';

export interface JobWindowsOptions {
  readonly stream: StreamName;
  readonly state: CycleStateStore;
  readonly reader: JobReader;
  /** What is read of a window whose plan does not say it, oldest first; absent: all of it. */
  readonly partsOf?: (window: Window, checkpoint: Checkpoint) => readonly Window[];
  /** See JobReading. */
  readonly onGap?: (gap: Window) => void;
}

/** No window ends after `guaranteed`; the stream is caught up with one that ends at `target`. */
interface WindowLimits {
  readonly guaranteed: Instant;
  readonly target: Instant;
}

/** What was known when a window was planned. */
interface PlannedWindow {
  readonly checkpoint: Checkpoint;
  readonly parts: readonly Window[];
  readonly running: RunningJob | undefined;
}

/**
 * The windows of a stream that is read through jobs. The state table keeps the current job, so that the next
 * process resumes it. The part of the window that was delivered before the job is not read again.
 */
export class JobWindows {
  private readonly options: JobWindowsOptions;
  private readonly planned = new WeakMap<Window, PlannedWindow>();

  constructor(options: JobWindowsOptions) {
    this.options = options;
  }

  /** The rest of the window that was begun from this checkpoint, or the window that `anew` cuts. */
  async plan(
    checkpoint: Checkpoint,
    limits: WindowLimits,
    anew: () => Plan | undefined,
    context: RequestContext,
  ): Promise<Plan | undefined> {
    const stored = await this.options.state.readJob(this.options.stream, context);
    const resumed = stored && resumedPlan(stored, checkpoint, limits);
    const plan = resumed ?? anew();
    if (!plan) return undefined;
    const parts = plan.parts ?? this.options.partsOf?.(plan.window, checkpoint) ?? [plan.window];
    this.planned.set(plan.window, { checkpoint, parts, running: resumed && stored });
    return plan;
  }

  /**
   * The conversations of a window just planned, page by page. The consumer has to deliver each page before it
   * asks for the next.
   */
  read(window: Window, context: RequestContext): AsyncIterable<readonly unknown[]> {
    const current = this.planned.get(window);
    if (!current) throw new Error('a window is read only after it was planned');
    return this.pages(window, current, context);
  }

  private async *pages(
    window: Window,
    { checkpoint, parts, running }: PlannedWindow,
    context: RequestContext,
  ): AsyncGenerator<readonly unknown[], void, void> {
    const { state, stream, reader, onGap } = this.options;
    const { watermark, updatedAt: checkpointAt } = checkpoint;
    const remember = (job: RunningJob, underThisCall: RequestContext) =>
      state.writeJob(stream, { ...job, windowEnd: window.end, watermark, checkpointAt }, underThisCall);
    for (const [index, part] of parts.entries()) {
      yield* reader.read({ window: part, running: index === 0 ? running : undefined, remember, onGap }, context);
    }
  }
}

/**
 * The rest of a window that was begun from this very checkpoint, from the piece of the current job on. Another
 * window is needed where the checkpoint has moved, an operator has set it, or the guarantee was taken back. A
 * window that ends no later than the checkpoint is short, and read from its start again, after what is new.
 */
function resumedPlan(job: StoredJob, checkpoint: Checkpoint, { guaranteed, target }: WindowLimits): Plan | undefined {
  const isCurrent = job.watermark === checkpoint.watermark && job.checkpointAt === checkpoint.updatedAt;
  if (!isCurrent || job.windowEnd > guaranteed || job.windowEnd <= checkpoint.watermark) return undefined;
  return { window: { start: job.piece.start, end: job.windowEnd }, caughtUp: job.windowEnd >= target };
}
