import { type DetailsQueryOptions, detailsQueryRoutes } from './details-query.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { type Answer, errorBody, Refusal, type Reply, type Request, type Route } from './http.ts';
import { type JobsOptions, jobRoutes } from './jobs.ts';
import { createLogin } from './login.ts';
import { nameRoutes } from './names.ts';
import { type EventLogOptions, outboundEventRoutes } from './outbound-events.ts';
import { createRandom } from './random.ts';
import { createRateLimit } from './rate-limit.ts';
import { SANDBOX_ORGANISATION, type SimulatedOrganisation, tokenRoutes } from './tokens.ts';
import type { World } from './world.ts';

/** How a simulated Genesys Cloud behaves. Durations in milliseconds. */
export interface SimulatorOptions {
  readonly world: World;
  readonly now: () => number;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly organisation?: SimulatedOrganisation;
  /** How far the clock that dates the answers is ahead of `now`, milliseconds; default 0. */
  readonly dateAhead?: () => number;
  /** Default 24 hours. */
  readonly tokenLifeMs?: number;
  /** Default 300, the platform's own limit for a client-credentials token. */
  readonly requestsPerMinute?: number;
  /** Permissions that the client lacks, such as `analytics:conversationDetail:view`. */
  readonly deny?: readonly string[];
  readonly detailsQuery?: DetailsQueryOptions;
  readonly jobs?: JobsOptions;
  readonly eventLog?: EventLogOptions;
  /** Called with every request and its answer, afterwards. */
  readonly observe?: (request: Request, answer: Answer) => void;
}

/** Genesys Cloud's login and platform API, as one function. */
export interface Simulator {
  /** Answers a request at this time of the clock. The path of the login is `/oauth/token`. */
  handle(request: Request): Answer;
  readonly faults: Faults;
  /** Makes every token given so far worthless. */
  revokeTokens(): void;
}

/** Makes a simulator. Its state is the tokens, the recent requests and the jobs; all else is the world's. */
export function createSimulator(options: SimulatorOptions): Simulator {
  const { world, now } = options;
  const denied = new Set(options.deny);
  const random = createRandom('correlation');
  const faults = createFaults();
  const login = createLogin(now, { ...options, tokenLifeMs: options.tokenLifeMs ?? 86_400_000 });
  const limit = createRateLimit(now, options.requestsPerMinute ?? 300);
  const routes: readonly Route[] = [
    ...detailsQueryRoutes(world, now, options.detailsQuery),
    ...jobRoutes(world, now, options.jobs),
    ...outboundEventRoutes(world, now, options.eventLog),
    ...nameRoutes(world.fixtures),
    ...tokenRoutes(options.organisation ?? SANDBOX_ORGANISATION, options.clientId),
  ];

  const reply = (request: Request): Reply => {
    const url = new URL(request.path, 'http://genesys.invalid');
    if (url.pathname === '/oauth/token') return login.token(request);
    const matching = routes.filter((route) => route.path.test(url.pathname));
    if (matching.length === 0) throw new Refusal(404, 'not.found', 'The requested resource was not found.');
    const route = matching.find(({ method }) => method === request.method);
    if (!route) throw new Refusal(405, 'method.not.allowed', 'Method not allowed');
    limit(login.admit(request));
    const enough = [route.permission].flat();
    if (enough.every((permission) => denied.has(permission))) {
      throw new Refusal(
        403,
        'missing.any.permissions',
        `Unable to perform the requested action. You must have at least one of the following permissions assigned: [${enough.join(', ')}]`,
      );
    }
    const id = decodeURIComponent(route.path.exec(url.pathname)?.[1] ?? '');
    const inquiry = { method: request.method, path: url.pathname, query: url.searchParams, body: request.body ?? '' };
    return route.handle(inquiry, id);
  };

  const answer = (request: Request): Answer => {
    const correlation = random.uuid();
    const date = new Date(now() + (options.dateAhead?.() ?? 0)).toUTCString();
    const headers = { 'content-type': 'application/json', 'inin-correlation-id': correlation, date };
    const fault = faults.take(request);
    const trouble = fault?.trouble && { trouble: fault.trouble };
    if (fault?.answer) {
      const { status = 200, body = '' } = fault.answer;
      return { status, headers: { ...headers, ...fault.answer.headers }, body, ...trouble };
    }
    try {
      const { status, headers: more, json } = changed(reply(fault?.asked?.(request) ?? request), fault);
      return {
        status,
        headers: { ...headers, ...more },
        body: json === undefined ? '' : JSON.stringify(json),
        ...trouble,
      };
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      const body = JSON.stringify(errorBody(refusal, correlation));
      return { status: refusal.status, headers: { ...headers, ...refusal.headers }, body, ...trouble };
    }
  };
  return {
    handle(request) {
      const answered = answer(request);
      options.observe?.(request, answered);
      return answered;
    },
    faults,
    revokeTokens: login.revokeAll,
  };
}

function changed(reply: Reply, fault: Fault | undefined): Reply {
  const { json } = reply;
  if (!fault?.change || typeof json !== 'object' || json === null) return reply;
  return { ...reply, json: fault.change(json as Readonly<Record<string, unknown>>) };
}
