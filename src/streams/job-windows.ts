import type { Instant } from '../domain/instant.ts';
import type { StreamName } from '../domain/streams.ts';
import type { Plan, Window } from '../domain/window.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { Checkpoint, StateTable, StoredJob } from '../ports/state-store.ts';
import type { JobReader, RunningJob } from './job-reader.ts';

export interface JobWindowsOptions {
  readonly stream: StreamName;
  readonly state: StateTable;
  readonly reader: JobReader;
}

/** What was known when a window was planned. */
interface Context {
  readonly checkpoint: Checkpoint;
  readonly running: RunningJob | undefined;
}

/**
 * The windows of a stream that is read through jobs. The state table keeps the current job, so that the next
 * process resumes it. The part of the window that was delivered before the job is not read again.
 */
export class JobWindows {
  private readonly options: JobWindowsOptions;
  private readonly planned = new WeakMap<Window, Context>();

  constructor(options: JobWindowsOptions) {
    this.options = options;
  }

  /**
   * The rest of the window that was begun from this checkpoint, or the window that `anew` cuts. No window
   * ends after `guaranteed`; the stream is caught up with one that ends at `target`.
   */
  async plan(
    checkpoint: Checkpoint,
    reach: { readonly guaranteed: Instant; readonly target: Instant },
    anew: () => Plan | undefined,
    context: RequestContext,
  ): Promise<Plan | undefined> {
    const stored = await this.options.state.readJob(this.options.stream, context);
    const resumed = stored && goOn(stored, checkpoint, reach.guaranteed, reach.target);
    const plan = resumed ?? anew();
    if (plan) this.planned.set(plan.window, { checkpoint, running: resumed && stored });
    return plan;
  }

  /**
   * The conversations of a window just planned, page by page. The consumer has to deliver each page before it
   * asks for the next.
   */
  read(window: Window, context: RequestContext): AsyncIterable<readonly unknown[]> {
    const current = this.planned.get(window);
    if (!current) throw new Error('a window is read only after it was planned');
    const { state, stream, reader } = this.options;
    const { checkpoint, running } = current;
    const { watermark, updatedAt: checkpointAt } = checkpoint;
    const remember = (job: RunningJob, underThisCall: RequestContext) =>
      state.writeJob(stream, { ...job, windowEnd: window.end, watermark, checkpointAt }, underThisCall);
    return reader.read({ window, running, remember }, context);
  }
}

/**
 * The rest of a window that was begun from this very checkpoint, from the piece of the current job on. A
 * checkpoint that has moved, or was set by an operator, asks for another window. So does a guarantee that was
 * taken back.
 */
function goOn(job: StoredJob, checkpoint: Checkpoint, guaranteed: Instant, target: Instant): Plan | undefined {
  const isCurrent = job.watermark === checkpoint.watermark && job.checkpointAt === checkpoint.updatedAt;
  if (!isCurrent || job.windowEnd > guaranteed) return undefined;
  return { window: { start: job.piece.start, end: job.windowEnd }, caughtUp: job.windowEnd >= target };
}
