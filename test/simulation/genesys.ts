import { type HttpAnswer, type HttpRequest, type Transport, TransportError } from '../../src/genesys/transport.ts';
import type { Faults, Port, RequestOutcome } from './faults.ts';
import type { DataLake } from './lake.ts';
import type { Page } from './ledger.ts';
import type { PollerProcess } from './poller-process.ts';
import { parseQuery, selectionOf, wordsOf } from './query.ts';
import type { Random } from './random.ts';
import type { Story } from './stories.ts';
import type { World } from './world.ts';

/** How long a token lives; seconds, as Genesys says it. Short, so that some end in the middle of a run. */
const TOKEN_LIFE = 300;
const LOGIN = '/oauth/token';
const QUERY = '/api/v2/analytics/conversations/details/query';
const TOKEN_OWNER = '/api/v2/tokens/me';
const JOBS = '/api/v2/analytics/conversations/details/jobs';

export interface GenesysOptions {
  /** The ID of the organisation whose conversations these are. */
  readonly organisation: string;
  readonly world: World;
  readonly lake: DataLake;
  readonly faults: Faults;
  readonly random: Random;
  /** True time, epoch milliseconds. */
  readonly now: () => number;
  /** Conversations on a page, if so many are asked for. */
  readonly pageSize: number;
  readonly timeout: number;
  readonly requestsPerMinute: number;
  readonly onExcess: (process: PollerProcess) => void;
  /** Hears what reached a reader, and of what it missed because pages shifted under it. */
  readonly onPage: (page: Page) => void;
}

/**
 * Answers in a row to one request that are no answers. After three of them that tell no total, the reader
 * believes that there is nothing: an empty organisation may answer so for ever.
 */
const MAX_JUNK = 2;

/** Says of each request of a process how many answers in a row were none. */
type Junk = Map<string, number>;

/** What was served to one reader by one query so far, to know what shifting pages made it miss. */
type Reading = Map<string, Set<Story>>;

/** An answer, and what to do once it has reached the caller. */
interface Reply {
  readonly answer: HttpAnswer;
  readonly served?: () => void;
}

/**
 * Genesys Cloud, as far as the poller needs it: the login, the conversation query and the jobs, by the rules
 * that matter here.
 */
export class SimulatedGenesys {
  private readonly options: GenesysOptions;
  /** Until when each token is good, epoch milliseconds. */
  private readonly tokens = new Map<string, number>();
  private logins = 0;

  constructor(options: GenesysOptions) {
    this.options = options;
  }

  /** A process's way here. */
  transportFor(process: PollerProcess): Transport {
    const reading: Reading = new Map();
    const junk: Junk = new Map();
    const arrived: number[] = [];
    return {
      send: (request, signal) => {
        const path = request.url.slice(request.url.indexOf('/', 'https://'.length));
        const port: Port =
          path === LOGIN ? 'genesys.login' : path === QUERY || path === TOKEN_OWNER ? 'genesys.query' : 'genesys.jobs';
        const outcome = this.outcome();
        return process.exchange(
          {
            port,
            outcome,
            asks: () => describe(request, path),
            tells: (answer) => `${answer.status} ${tell(answer)}`,
            effect: () => {
              if (path !== LOGIN && !signal.aborted) this.count(process, arrived);
              return this.dated(this.answer(request, path, outcome.answered, reading, junk));
            },
            unanswered: () => new TransportError('deadline', 'no complete answer'),
          },
          signal,
        );
      },
    };
  }

  /**
   * Never more requests of a process in any minute than its budget allows, logins aside: counted as they
   * arrive here, by the clock of the process, whose minutes may be a little longer or shorter. A request that
   * was given up on its way is not counted: no process can know when it arrives, or whether it does.
   */
  private count(process: PollerProcess, arrived: number[]): void {
    const { requestsPerMinute, onExcess } = this.options;
    arrived.push(process.monotonic());
    const [earlier = 0, latest = 0] = [arrived.at(-1 - requestsPerMinute), arrived.at(-1)];
    if (arrived.length > requestsPerMinute && latest - earlier < 60_000) onExcess(process);
  }

  private outcome(): RequestOutcome {
    const { faults, random, timeout } = this.options;
    if (faults.isOut('genesys')) return { arrives: undefined, ends: timeout, answered: false, prompt: false };
    if (faults.strikes('broken')) {
      return { arrives: 5, ends: 5 + random.next() * timeout, answered: false, prompt: false };
    }
    if (faults.strikes('slow'))
      return { arrives: random.next() * timeout, ends: timeout, answered: true, prompt: false };
    const arrives = 5 + random.next() * 60;
    return { arrives, ends: arrives + 5 + random.next() * 60, answered: true, prompt: true };
  }

  private answer(request: HttpRequest, path: string, arrives: boolean, reading: Reading, junk: Junk): HttpAnswer {
    const { faults, random } = this.options;
    if (faults.strikes('5xx')) return refusal(random.pick([500, 502, 503, 504]));
    if (faults.strikes('429')) return refusal(429, { 'retry-after': String(random.int(1, 5)) });
    if (faults.strikes('401', 0.5)) this.tokens.clear();
    if (path !== LOGIN && !this.admit(request)) return refusal(401);
    const { answer, served } = this.reply(request, path, reading);
    if (answer.status === 200 && faults.strikes('torn')) {
      return { ...answer, body: answer.body.slice(0, random.int(0, answer.body.length - 1)) };
    }
    if (answer.status === 200 && path !== LOGIN) {
      const asked = `${path} ${request.body}`;
      const before = junk.get(asked) ?? 0;
      if (before < MAX_JUNK && faults.strikes('junk')) {
        junk.set(asked, before + 1);
        return { ...answer, body: random.pick(JUNK)(answer.body) };
      }
      junk.delete(asked);
    }
    if (arrives) served?.();
    return answer;
  }

  private reply(request: HttpRequest, path: string, reading: Reading): Reply {
    if (path === LOGIN) return { answer: this.logIn() };
    if (path === TOKEN_OWNER) return { answer: ok(`{"organization":{"id":"${this.options.organisation}"}}`) };
    if (path === QUERY) return this.query(request, reading);
    return { answer: this.job(request, path.slice(JOBS.length)) };
  }

  private logIn(): HttpAnswer {
    const token = `token-${++this.logins}`;
    this.tokens.set(token, this.options.now() + TOKEN_LIFE * 1_000);
    return ok(`{"access_token":"${token}","token_type":"bearer","expires_in":${TOKEN_LIFE}}`);
  }

  private admit({ headers }: HttpRequest): boolean {
    const token = headers.Authorization?.replace('Bearer ', '') ?? '';
    return this.options.now() < (this.tokens.get(token) ?? 0);
  }

  private query({ body = '' }: HttpRequest, reading: Reading): Reply {
    const { world, now, faults, random, onPage } = this.options;
    const query = parseQuery(body);
    const pageSize = Math.min(this.options.pageSize, query.paging.pageSize);
    const hits = world.at(now()).filter(selectionOf(query));

    const { pageNumber } = query.paging;
    const key = JSON.stringify([query.interval, query.segmentFilters, query.conversationFilters]);
    if (pageNumber === 1) reading.set(key, new Set());
    const known = reading.get(key) ?? new Set();
    let from = (pageNumber - 1) * pageSize;
    if (pageNumber > 1 && faults.strikes('duplicate')) from -= pageSize;
    else if (pageNumber > 1 && faults.strikes('shifted')) from += random.pick([-1, 1]);
    const page = hits.slice(from, from + pageSize);
    const conversations = page.map((view) => world.textOf(view, 'query')).join(',');
    const served = page.map(({ story }) => story);
    return {
      answer: ok(`{${page.length > 0 ? `"conversations":[${conversations}],` : ''}"totalHits":${hits.length}}`),
      served() {
        for (const story of served) known.add(story);
        const missed = hits.slice(0, from).flatMap(({ story }) => (known.has(story) ? [] : [story]));
        onPage({ at: now(), served, missed });
      },
    };
  }

  /** `rest` is the path after that of the jobs. */
  private job({ method, body = '' }: HttpRequest, rest: string): HttpAnswer {
    const { lake, world, pageSize } = this.options;
    if (method === 'POST') return ok(`{"jobId":"${lake.submit(parseQuery(body))}"}`);
    if (rest === '/availability') return ok(`{"dataAvailabilityDate":"${iso(lake.guaranteed)}"}`);
    const [, id = '', results] = rest.split(/[/?]/);
    if (method === 'DELETE') {
      lake.cancel(id);
      return { status: 204, headers: {}, body: '' };
    }
    const state = lake.stateOf(id);
    if (state === undefined) return refusal(404);
    if (results === undefined) return ok(`{"state":"${state}"}`);
    const result = lake.resultOf(id);
    if (!result) return refusal(404);
    const from = Number(new URL(rest, 'https://genesys.invalid').searchParams.get('cursor') ?? 0);
    const conversations = result.views.slice(from, from + pageSize).map((view) => world.textOf(view, 'lake'));
    const next = from + pageSize < result.views.length ? `,"cursor":"${from + pageSize}"` : '';
    return ok(
      `{"conversations":[${conversations.join(',')}],"dataAvailabilityDate":"${iso(result.guaranteed)}"${next}}`,
    );
  }

  /** The answer as it leaves, with the time at Genesys, to the second. */
  private dated(answer: HttpAnswer): HttpAnswer {
    return { ...answer, headers: { ...answer.headers, date: new Date(this.options.now()).toUTCString() } };
  }
}

/** What gateways and busy services answer with status 200, given what should have come. */
const JUNK: readonly ((body: string) => string)[] = [
  () => '{}',
  () => '[]',
  () => '{"message":"Service busy","code":"busy","status":503}',
  () => '{"errors":[]}',
  // The list is empty, or left out, and the total says that there is more.
  (body) => `{"conversations":[],"totalHits":${totalOf(body)}}`,
  (body) => `{"conversations":null,"totalHits":${totalOf(body)}}`,
];

/** Undefined totals, of jobs, become a large number: nothing may be believed to end before it. */
function totalOf(body: string): string {
  return /"totalHits":(\d+)/.exec(body)?.[1] ?? '1000';
}

function ok(body: string): HttpAnswer {
  return { status: 200, headers: {}, body };
}

function refusal(status: number, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers, body: `{"status":${status},"code":"simulated","message":"simulated"}` };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function describe({ method, body = '' }: HttpRequest, path: string): string {
  if (path === LOGIN) return 'logs in';
  if (path === TOKEN_OWNER) return 'asks whose the token is';
  if (path !== QUERY) return `asks the jobs ${method} ${path.slice(JOBS.length)} ${body && wordsOf(parseQuery(body))}`;
  const query = parseQuery(body);
  return `asks Genesys ${wordsOf(query)} page ${query.paging.pageNumber}`;
}

function tell({ status, body }: HttpAnswer): string {
  if (status !== 200 || !body.startsWith('{"conversations')) return status === 200 ? body.slice(0, 80) : '';
  return `conversations ${[...new Set(body.match(/"c\d+"/g) ?? [])].join(' ') || 'none'}`;
}
