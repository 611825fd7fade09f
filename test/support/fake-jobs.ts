import type { Window } from '../../src/domain/window.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ConversationJobs, JobPage } from '../../src/ports/conversation-jobs.ts';
import type { RequestContext } from '../../src/ports/request-context.ts';

type Step = 'availability' | 'submit' | 'look' | 'results' | 'cancel';
type Fault = (context: RequestContext) => void | Promise<void>;

/** Jobs over a lake that a test fills. Each is fulfilled when it is looked at for the `looks`-th time. */
export class FakeJobs implements ConversationJobs {
  /** What was asked, in order: `submit 00:00–06:00`, `look job-1`, … */
  readonly asked: string[] = [];
  availableUntil = Number.POSITIVE_INFINITY;
  looks = 1;
  /** The pages of a job's result. */
  pagesOf: (window: Window) => readonly JobPage[] = () => [];
  private readonly clock: Clock;
  private readonly jobs = new Map<string, { readonly window: Window; looks: number }>();
  private readonly faults: { readonly step: Step; readonly fault: Fault | undefined }[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The next calls of this step meet these faults, one each; undefined lets one through. */
  script(step: Step, ...faults: readonly (Fault | undefined)[]): void {
    this.faults.push(...faults.map((fault) => ({ step, fault })));
  }

  /** A job that an earlier process has submitted. */
  submitted(id: string, window: Window): void {
    this.jobs.set(id, { window, looks: 0 });
  }

  now(): Promise<number> {
    return Promise.resolve(this.clock.now());
  }

  async availability(context: RequestContext): Promise<number> {
    await this.meet('availability', context);
    return this.availableUntil;
  }

  async submit(window: Window, context: RequestContext): Promise<string> {
    this.asked.push(`submit ${span(window)}`);
    await this.meet('submit', context);
    const id = `job-${this.jobs.size + 1}`;
    this.submitted(id, window);
    return id;
  }

  async isFulfilled(id: string, context: RequestContext): Promise<boolean> {
    this.asked.push(`look ${id}`);
    await this.meet('look', context);
    const job = this.jobOf(id);
    job.looks++;
    return job.looks >= this.looks;
  }

  async *results(id: string, context: RequestContext): AsyncGenerator<JobPage, void, void> {
    for (const page of this.pagesOf(this.jobOf(id).window)) {
      this.asked.push(`results ${id}`);
      await this.meet('results', context);
      yield page;
    }
  }

  async cancel(id: string, context: RequestContext): Promise<void> {
    this.asked.push(`cancel ${id}`);
    await this.meet('cancel', context);
  }

  /** What was asked of this kind. */
  of(step: Step): readonly string[] {
    return this.asked.filter((one) => one.startsWith(`${step} `)).map((one) => one.slice(step.length + 1));
  }

  private jobOf(id: string) {
    const job = this.jobs.get(id);
    if (!job) throw new Error(`there is no job ${id}`);
    return job;
  }

  private async meet(step: Step, context: RequestContext): Promise<void> {
    context.signal.throwIfAborted();
    context.count('genesysRequests');
    const index = this.faults.findIndex((scripted) => scripted.step === step);
    if (index >= 0) await this.faults.splice(index, 1)[0]?.fault?.(context);
  }
}

/** A window as `20T04:00–20T10:00`. */
export function span({ start, end }: Window): string {
  const text = (instant: number) => new Date(instant).toISOString().slice(8, 16);
  return `${text(start)}–${text(end)}`;
}
