import { Failure } from '../domain/failure.ts';
import { formatInstant, type Instant, parseInstant } from '../domain/instant.ts';
import { type Fields, fieldsOf, isAbsent, textOf } from '../domain/json.ts';
import { countOf, type Page } from '../domain/page.ts';
import type { Scope } from '../domain/selection.ts';
import { STREAMS } from '../domain/streams.ts';
import type { Window } from '../domain/window.ts';
import { endless, ListReader } from '../lib/list-reader.ts';
import type { Clock } from '../ports/clock.ts';
import type { ConversationJobs, JobPage } from '../ports/conversation-jobs.ts';
import type { RequestContext } from '../ports/request-context.ts';
import { prefetchOne } from '../prefetch/prefetch-one.ts';
import type { GenesysClient, GenesysRequest } from './client.ts';
import { notAsExpected, suggestsTooHeavy } from './failures.ts';
import { jobBody } from './query-bodies.ts';

const PATH = '/api/v2/analytics/conversations/details/jobs';
const { permission: PERMISSION } = STREAMS.reconciliation;
/** Conversations on a page of results. The largest page is not documented; this is what others use. */
const MAX_PAGE_SIZE = 1_000;
/**
 * A page that is too heavy is asked for again at a fifth of its size. Five steps lead from the largest page
 * to one conversation.
 */
const SHRINKING = 5;
/** Smaller pages in a row without an answer before an outage is assumed. */
const MAX_UNANSWERED = 5;
/** Empty pages in a row that lead on to another one. Each has been asked for three times. */
const MAX_EMPTY_PAGES = 3;
/**
 * States that end without a result (AsyncQueryStatus). In any other state, known today or not, the job is
 * polled again.
 */
const LOST: ReadonlySet<string> = new Set(['FAILED', 'CANCELLED', 'EXPIRED']);

interface GenesysJobsOptions {
  readonly client: GenesysClient;
  readonly clock: Clock;
  readonly scope: Scope;
}

/** The asynchronous jobs of the analytics API. */
export class GenesysJobs implements ConversationJobs {
  private readonly options: GenesysJobsOptions;

  constructor(options: GenesysJobsOptions) {
    this.options = options;
  }

  now(context: RequestContext): Promise<Instant> {
    return this.options.client.now(context);
  }

  async availability(context: RequestContext): Promise<Instant> {
    const path = `${PATH}/availability`;
    const availability = parseInstant((await this.ask({ method: 'GET', path }, context)).dataAvailabilityDate);
    if (availability === undefined) throw notAsExpected(`GET ${path}`, 'its dataAvailabilityDate is not a timestamp');
    return availability;
  }

  async submit(window: Window, context: RequestContext): Promise<string> {
    const body = jobBody(window, this.options.scope);
    const answer = await this.submission({ method: 'POST', path: PATH, body, isDivisible: true }, context);
    const id = textOf(answer.jobId);
    if (id === undefined) throw notAsExpected(`POST ${PATH}`, 'it names no jobId');
    return id;
  }

  async isFulfilled(id: string, context: RequestContext): Promise<boolean> {
    const status = await this.ask({ method: 'GET', path: pathOf(id) }, context);
    const state = textOf(status.state) ?? 'in no state';
    if (LOST.has(state)) throw lost(id, [state, textOf(status.errorMessage)].filter(Boolean).join(': '));
    if (state !== 'FULFILLED') return false;
    const expires = parseInstant(status.expirationDate);
    if (expires !== undefined && expires <= (await this.now(context))) {
      throw lost(id, `its result expired at ${formatInstant(expires)}`);
    }
    return true;
  }

  /** The next page is fetched while this one is delivered. */
  results(id: string, context: RequestContext): AsyncIterable<JobPage> {
    return prefetchOne((signal) => this.pages(id, { signal, count: (what) => context.count(what) }), context.signal);
  }

  async cancel(id: string, context: RequestContext): Promise<void> {
    await this.request({ method: 'DELETE', path: pathOf(id) }, context);
  }

  private async *pages(id: string, context: RequestContext): AsyncGenerator<JobPage, void, void> {
    const { clock } = this.options;
    const reading = new ListReader({ clock, what: 'conversations of a job', idMember: 'conversationId' });
    const cursors = new Set<string>();
    let size: number = MAX_PAGE_SIZE;
    let unanswered = 0;
    let emptyPages = 0;
    for (let cursor: string | undefined; ; ) {
      const at = { cursor, size };
      let page: ResultPage;
      try {
        page = await reading.page(() => this.resultPage(id, at, context), { pageSize: size, signal: context.signal });
      } catch (failure) {
        if (size === 1 || ++unanswered > MAX_UNANSWERED || !isTooHeavy(failure)) throw failure;
        size = Math.ceil(size / SHRINKING);
        continue;
      }
      unanswered = 0;
      size = Math.min(MAX_PAGE_SIZE, size * 2);
      const { list = [], guaranteed, next } = page;
      yield { conversations: list, ...(guaranteed !== undefined && { guaranteed }) };
      if (next === undefined) return;
      if (cursors.has(next)) throw endless('conversations of a job', 'a cursor leads back', reading.received);
      emptyPages = list.length > 0 ? 0 : emptyPages + 1;
      if (emptyPages >= MAX_EMPTY_PAGES) {
        throw endless('conversations of a job', 'page after page is empty and has a cursor', reading.received);
      }
      cursors.add(next);
      cursor = next;
    }
  }

  private async resultPage(
    id: string,
    { cursor, size }: { readonly cursor: string | undefined; readonly size: number },
    context: RequestContext,
  ): Promise<ResultPage> {
    const path = `${pathOf(id)}/results`;
    const query = { pageSize: size, cursor };
    const answer = await this.ask({ method: 'GET', path, query, isDivisible: true }, context);
    const list = answer.conversations ?? undefined;
    if (list !== undefined && !Array.isArray(list))
      throw notAsExpected(`GET ${path}`, 'its conversations are not a list');
    const next = textOf(answer.cursor);
    if (next === undefined && !isAbsent(answer.cursor)) throw notAsExpected(`GET ${path}`, 'its cursor is not text');
    return {
      list,
      total: countOf(answer.totalHits ?? answer.total),
      guaranteed: parseInstant(answer.dataAvailabilityDate),
      next,
    };
  }

  /** If Genesys does not accept a job within its time, the window is too long. */
  private async submission(request: GenesysRequest, context: RequestContext): Promise<Fields> {
    try {
      return await this.ask(request, context);
    } catch (failure) {
      throw failure instanceof Failure && suggestsTooHeavy(failure) ? refused(failure) : failure;
    }
  }

  private async ask(request: GenesysRequest, context: RequestContext): Promise<Fields> {
    const answer = fieldsOf(await this.request(request, context));
    if (!answer) throw notAsExpected(`${request.method} ${request.path}`, 'it is not an object');
    return answer;
  }

  private request(request: GenesysRequest, context: RequestContext): Promise<unknown> {
    return this.options.client.request({ ...request, permission: PERMISSION }, context);
  }
}

interface ResultPage extends Page {
  readonly guaranteed: Instant | undefined;
  /** The cursor of the next page; undefined behind the last one. */
  readonly next: string | undefined;
}

function isTooHeavy(failure: unknown): boolean {
  return failure instanceof Failure && (failure.code === 'genesys.tooLarge' || suggestsTooHeavy(failure));
}

function refused(failure: Failure): Failure {
  return new Failure(
    {
      code: 'genesys.job',
      what: 'Genesys does not take on a job over so long a period',
      why: failure.summary,
      remedy: 'Nothing is lost, a shorter period is asked for; if it lasts, ask Genesys with the correlation ID',
      fields: failure.fields,
    },
    { cause: failure },
  );
}

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

function lost(id: string, why: string): Failure {
  return new Failure({
    code: 'genesys.job',
    what: `Genesys will not give the result of the job ${id}`,
    why: `it is ${why}`,
    remedy: 'Nothing is lost, the next cycle asks again; if it lasts, ask Genesys with the ID of the job',
    fields: { jobId: id },
  });
}
