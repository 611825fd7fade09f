import type { HttpAnswer, HttpRequest, Transport } from '../../src/genesys/transport.ts';
import { TransportError } from '../../src/genesys/transport.ts';
import type { Fate, Faults, Port } from './faults.ts';
import type { PollerProcess } from './poller-process.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Story } from './stories.ts';
import type { View, World } from './world.ts';

const DAY = 86_400_000;
/** How long a token lives; seconds, as Genesys says it. Short, so that some end in the middle of a run. */
const TOKEN_LIFE = 300;

export interface GenesysOptions {
  readonly world: World;
  readonly faults: Faults;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly epoch: number;
  /** Conversations on a page, however many were asked for. */
  readonly pageSize: number;
  readonly timeout: number;
  /** Told of what a reader missed because pages shifted under it, and of what was served. */
  readonly onPage: (page: { readonly missed: readonly Story[]; readonly served: readonly Story[] }) => void;
}

/** What was asked by which question so far, to know what shifting pages made a reader miss. */
type Reading = Map<string, Set<Story>>;

/** Genesys Cloud, as far as the conversation query needs it: the login and one endpoint, by the rules that matter here. */
export class SimulatedGenesys {
  private readonly options: GenesysOptions;
  private readonly tokens = new Map<string, number>();
  private logins = 0;

  constructor(options: GenesysOptions) {
    this.options = options;
  }

  /** A process's way here. */
  transportFor(process: PollerProcess): Transport {
    const reading: Reading = new Map();
    return {
      send: (request, signal) => {
        const login = request.url.endsWith('/oauth/token');
        const port: Port = login ? 'genesys.login' : 'genesys.query';
        const fate = this.fate();
        return process.exchange(
          {
            port,
            fate,
            asks: () => (login ? 'logs in' : `asks Genesys ${describe(request)}`),
            tells: (answer) => `${answer.status} ${tell(answer)}`,
            effect: () => dated(this.answer(request, login, fate.answered, reading), this.now),
            unanswered: () => new TransportError('deadline', 'no complete answer'),
          },
          signal,
        );
      },
    };
  }

  private get now(): number {
    return this.options.epoch + this.options.scheduler.now;
  }

  private fate(): Fate {
    const { faults, random, timeout } = this.options;
    if (faults.isOut('genesys')) return { arrives: undefined, ends: timeout, answered: false, prompt: false };
    if (faults.strikes('broken'))
      return { arrives: 5, ends: 5 + random.next() * timeout, answered: false, prompt: false };
    if (faults.strikes('slow'))
      return { arrives: random.next() * timeout, ends: timeout, answered: true, prompt: false };
    const arrives = 5 + random.next() * 60;
    return { arrives, ends: arrives + 5 + random.next() * 60, answered: true, prompt: true };
  }

  private answer(request: HttpRequest, login: boolean, arrives: boolean, reading: Reading): HttpAnswer {
    const { faults, random } = this.options;
    if (faults.strikes('5xx')) return refusal(random.pick([500, 502, 503, 504]));
    if (faults.strikes('429')) return refusal(429, { 'retry-after': String(random.int(1, 5)) });
    if (faults.strikes('401', 0.5)) this.tokens.clear();
    if (login) return this.cut(this.logIn());
    if (!this.admit(request)) return refusal(401);
    const { answer, served } = this.query(request, reading);
    const sent = this.cut(answer);
    if (sent === answer && arrives) served();
    return sent;
  }

  private cut(answer: HttpAnswer): HttpAnswer {
    const { faults, random } = this.options;
    if (!faults.strikes('torn')) return answer;
    return { ...answer, body: answer.body.slice(0, random.int(0, answer.body.length - 1)) };
  }

  private logIn(): HttpAnswer {
    const token = `token-${++this.logins}`;
    this.tokens.set(token, this.options.scheduler.now + TOKEN_LIFE * 1_000);
    return ok(`{"access_token":"${token}","token_type":"bearer","expires_in":${TOKEN_LIFE}}`);
  }

  private admit({ headers }: HttpRequest): boolean {
    const token = headers.Authorization?.replace('Bearer ', '') ?? '';
    return this.options.scheduler.now < (this.tokens.get(token) ?? 0);
  }

  /** The answer, and what to do once the page has reached its reader. */
  private query({ body = '' }: HttpRequest, reading: Reading): { answer: HttpAnswer; served: () => void } {
    const { world, pageSize, faults, random } = this.options;
    const question = JSON.parse(body) as Question;
    const hits = world.at(this.now).filter(selectionOf(question));

    const { pageNumber } = question.paging;
    const key = JSON.stringify([question.interval, question.segmentFilters, question.conversationFilters]);
    if (pageNumber === 1) reading.set(key, new Set());
    const known = reading.get(key) ?? new Set();
    let from = (pageNumber - 1) * pageSize;
    if (pageNumber > 1 && faults.strikes('duplicate')) from -= pageSize;
    else if (pageNumber > 1 && faults.strikes('shifted')) from += random.pick([-1, 1]);
    const page = hits.slice(from, from + pageSize);
    const conversations = page.map((view) => world.textOf(view)).join(',');
    const answer = ok(`{${page.length > 0 ? `"conversations":[${conversations}],` : ''}"totalHits":${hits.length}}`);
    const served = () => {
      for (const { story } of page) known.add(story);
      this.options.onPage({
        served: page.map(({ story }) => story),
        missed: hits.slice(0, from).flatMap(({ story }) => (known.has(story) ? [] : [story])),
      });
    };
    return { answer, served };
  }
}

interface Question {
  readonly interval: string;
  readonly orderBy: string;
  readonly order: string;
  readonly paging: { readonly pageNumber: number };
  readonly conversationFilters?: readonly Filter[];
  readonly segmentFilters?: readonly Filter[];
}
interface Filter {
  readonly type: string;
  readonly predicates: readonly Predicate[];
}
interface Predicate {
  readonly dimension: string;
  readonly operator: string;
  readonly value?: string;
}

/** A test for what is among a query's results: by the day it started on first of all, then by the filters. */
function selectionOf(question: Question): (view: View) => boolean {
  if (question.orderBy !== 'conversationStart' || question.order !== 'asc')
    throw new Error('this world knows one order');
  const [from, to] = spanOf(question.interval);
  const [firstDay, pastLastDay] = [Math.floor(from / DAY) * DAY, Math.ceil(to / DAY) * DAY];
  const filters = [...(question.conversationFilters ?? []), ...(question.segmentFilters ?? [])];
  if (filters.some(({ type }) => type !== 'and')) throw new Error('this world knows filters of type `and` only');
  const tests = filters.flatMap(({ predicates }) => predicates.map(testOf));
  return (view) => view.story.start >= firstDay && view.story.start < pastLastDay && tests.every((test) => test(view));
}

function testOf({ dimension, operator, value = '' }: Predicate): (view: View) => boolean {
  const [from, to] = spanOf(value);
  switch (`${dimension} ${operator}`) {
    case 'originatingDirection matches':
      return () => value === 'outbound';
    case 'conversationStart matches':
      return ({ story }) => story.start >= from && story.start < to;
    case 'conversationEnd notExists':
      return ({ hasEnded }) => !hasEnded;
    case 'segmentEnd matches':
      return ({ segmentEnds }) => segmentEnds.some((end) => end >= from && end < to);
    default:
      throw new Error(`this world does not know ${dimension} ${operator}`);
  }
}

/** Both ends are NaN for what is no interval. */
function spanOf(interval: string): readonly [number, number] {
  const [from = '', to = ''] = interval.split('/');
  return [Date.parse(from), Date.parse(to)];
}

function ok(body: string): HttpAnswer {
  return { status: 200, headers: {}, body };
}

function refusal(status: number, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers, body: `{"status":${status},"code":"simulated","message":"simulated"}` };
}

/** The answer as it leaves, with the time at Genesys, to the second. */
function dated(answer: HttpAnswer, time: number): HttpAnswer {
  return { ...answer, headers: { ...answer.headers, date: new Date(time).toUTCString() } };
}

function describe({ body = '' }: HttpRequest): string {
  const { interval, paging, segmentFilters, conversationFilters } = JSON.parse(body) as Question;
  const kind = segmentFilters
    ? 'what ended in'
    : conversationFilters && conversationFilters[0]?.predicates.length !== 1
      ? 'what began in'
      : 'for';
  return `${kind} ${interval.replaceAll(/\d{4}-\d\d-\d\dT/g, '')} page ${paging.pageNumber}`;
}

function tell({ status, body }: HttpAnswer): string {
  if (status !== 200) return '';
  return `(${body.length} bytes, conversations ${[...new Set(body.match(/"c\d+"/g) ?? [])].join(' ') || 'none'})`;
}
