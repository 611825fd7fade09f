import { Failure } from '../domain/failure.ts';
import { formatInstant, type Instant, parseInstant } from '../domain/instant.ts';
import { type Fields, fieldsOf, textOf } from '../domain/json.ts';
import type { Scope } from '../domain/selection.ts';
import type { Window } from '../domain/window.ts';
import type { Call } from '../ports/call.ts';
import type { ConversationJobs, JobPage } from '../ports/conversation-jobs.ts';
import type { GenesysClient, GenesysRequest } from './client.ts';
import { notAsExpected } from './failures.ts';
import { oneAhead } from './one-ahead.ts';
import { jobBody } from './query-bodies.ts';

const PATH = '/api/v2/analytics/conversations/details/jobs';
const PERMISSION = 'analytics:conversationDetail:view';
/** Conversations on a page of results. The largest page is not documented; this is what others use. */
const PAGE_SIZE = 1_000;
/** States from which no result will come (AsyncQueryStatus); all others, known today or not, are a reason to look again. */
const LOST: ReadonlySet<string> = new Set(['FAILED', 'CANCELLED', 'EXPIRED']);

export interface GenesysJobsOptions {
  readonly client: GenesysClient;
  readonly scope: Scope;
}

/** The asynchronous jobs of the analytics API. */
export class GenesysJobs implements ConversationJobs {
  private readonly options: GenesysJobsOptions;

  constructor(options: GenesysJobsOptions) {
    this.options = options;
  }

  now(call: Call): Promise<Instant> {
    return this.options.client.now(call);
  }

  async availability(call: Call): Promise<Instant> {
    const path = `${PATH}/availability`;
    const availability = parseInstant((await this.ask({ method: 'GET', path }, call)).dataAvailabilityDate);
    if (availability === undefined) throw notAsExpected(`GET ${path}`, 'its dataAvailabilityDate is no timestamp');
    return availability;
  }

  async submit(window: Window, call: Call): Promise<string> {
    const body = jobBody(window, this.options.scope);
    const id = textOf((await this.ask({ method: 'POST', path: PATH, body }, call)).jobId);
    if (id === undefined) throw notAsExpected(`POST ${PATH}`, 'it names no jobId');
    return id;
  }

  async isFulfilled(id: string, call: Call): Promise<boolean> {
    const status = await this.ask({ method: 'GET', path: pathOf(id) }, call);
    const state = textOf(status.state) ?? 'in no state';
    if (LOST.has(state)) throw lost(id, [state, textOf(status.errorMessage)].filter(Boolean).join(': '));
    if (state !== 'FULFILLED') return false;
    const expires = parseInstant(status.expirationDate);
    if (expires !== undefined && expires <= (await this.now(call))) {
      throw lost(id, `its result expired at ${formatInstant(expires)}`);
    }
    return true;
  }

  /** The next page is fetched while this one is brought home. */
  results(id: string, call: Call): AsyncIterable<JobPage> {
    return oneAhead((signal) => this.pages(id, { signal, count: (what) => call.count(what) }), call.signal);
  }

  async cancel(id: string, call: Call): Promise<void> {
    await this.request({ method: 'DELETE', path: pathOf(id) }, call);
  }

  private async *pages(id: string, call: Call): AsyncGenerator<JobPage, void, void> {
    const path = `${pathOf(id)}/results`;
    for (let cursor: string | undefined; ; ) {
      const page = await this.ask({ method: 'GET', path, query: { pageSize: PAGE_SIZE, cursor } }, call);
      const conversations = page.conversations ?? [];
      if (!Array.isArray(conversations)) throw notAsExpected(`GET ${path}`, 'its conversations are no list');
      const guaranteed = parseInstant(page.dataAvailabilityDate);
      yield { conversations, ...(guaranteed !== undefined && { guaranteed }) };
      const next = textOf(page.cursor);
      if (next === undefined) return;
      if (next === cursor) throw notAsExpected(`GET ${path}`, 'its cursor leads back to the same page');
      cursor = next;
    }
  }

  private async ask(request: GenesysRequest, call: Call): Promise<Fields> {
    const answer = fieldsOf(await this.request(request, call));
    if (!answer) throw notAsExpected(`${request.method} ${request.path}`, 'it is no object');
    return answer;
  }

  private request(request: GenesysRequest, call: Call): Promise<unknown> {
    return this.options.client.request({ ...request, permission: PERMISSION }, call);
  }
}

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

function lost(id: string, why: string): Failure {
  return new Failure({
    code: 'genesys.job',
    what: `Genesys will not give the result of the job ${id}`,
    why: `it is ${why}`,
    remedy: 'Nothing is lost, the next cycle asks again; if it persists, ask Genesys with the ID of the job',
    facts: { jobId: id },
  });
}
