import { type Filters, readFilters } from './filters.ts';
import { jsonObject, Refusal, type Reply, type Route, wholeNumber } from './http.ts';
import { type Interval, parseInterval } from './interval.ts';
import { createRandom, hashOf } from './random.ts';
import type { ConversationRecord } from './record.ts';
import { type Recording, stepsShown, stepsShownOf } from './recording.ts';
import { livesIn, viewOf } from './view.ts';
import type { World } from './world.ts';

/** How the jobs and the data lake behind them behave. Durations in milliseconds. */
export interface JobsOptions {
  /** How far the guaranteed data lags behind now. Default 4 hours. */
  readonly lagMs?: number;
  /** How long a job is QUEUED, then PENDING, and how long its result lives. Default 1 s, 2 s, 1 hour. */
  readonly queuedMs?: number;
  readonly runningMs?: number;
  readonly lifeMs?: number;
  /** Why a job over this interval will end as FAILED; undefined if it will not. Default: none fails. */
  readonly fail?: (interval: Interval) => string | undefined;
  /** Longer intervals are refused with a 400. Default: none is. */
  readonly longestMs?: number;
}

const MOST_PER_PAGE = 1_000;
const PERMISSION = 'analytics:conversationDetail:view';

interface Job {
  readonly id: string;
  readonly submittedAt: number;
  readonly interval: Interval;
  readonly filters: Filters;
  readonly failure: string | undefined;
  cancelled: boolean;
  results?: readonly Hit[];
}

interface Hit {
  readonly recording: () => Recording;
  readonly steps: number;
}

/**
 * /api/v2/analytics/conversations/details/jobs: conversations whose life overlaps an interval, from a data
 * lake that lags. What happened before the availability date is there as far as it shows at all; of what
 * happened after it a part is there and a part is not, and nothing says so.
 */
export function jobRoutes(world: World, now: () => number, options: JobsOptions = {}): readonly Route[] {
  const { lagMs = 14_400_000, queuedMs = 1_000, runningMs = 2_000, lifeMs = 3_600_000 } = options;
  const random = createRandom('jobs');
  const jobs = new Map<string, Job>();

  const completionOf = (job: Job) => job.submittedAt + queuedMs + runningMs;
  const availabilityAt = (time: number) => time - lagMs;
  const stateOf = (job: Job, time: number) => {
    if (job.cancelled) return 'CANCELLED';
    if (time < job.submittedAt + queuedMs) return 'QUEUED';
    if (time < completionOf(job)) return 'PENDING';
    if (job.failure !== undefined) return 'FAILED';
    return time < completionOf(job) + lifeMs ? 'FULFILLED' : 'EXPIRED';
  };
  const jobOf = (id: string): Job => {
    const job = jobs.get(id);
    if (!job) throw new Refusal(404, 'not.found', 'The requested job was not found.');
    return job;
  };

  const submit = (body: Readonly<Record<string, unknown>>): Reply => {
    if ('paging' in body) throw new Refusal(400, 'bad.request', 'Unrecognized field "paging"');
    const interval = parseInterval(body.interval, 'interval');
    if (interval.to - interval.from > (options.longestMs ?? Number.POSITIVE_INFINITY)) {
      throw new Refusal(400, 'bad.request', 'The interval is too long');
    }
    // These results are never asked for again.
    for (const job of jobs.values()) if (job.cancelled || stateOf(job, now()) === 'EXPIRED') delete job.results;
    const id = random.uuid();
    const failure = options.fail?.(interval);
    jobs.set(id, { id, submittedAt: now(), interval, filters: readFilters(body), failure, cancelled: false });
    return { status: 202, json: { jobId: id } };
  };

  const status = (job: Job): Reply => {
    const state = stateOf(job, now());
    const done = state === 'FULFILLED' || state === 'EXPIRED' || state === 'FAILED';
    return {
      status: 200,
      json: {
        state,
        submissionDate: iso(job.submittedAt),
        ...(done && { completionDate: iso(completionOf(job)) }),
        ...(state === 'FULFILLED' && { expirationDate: iso(completionOf(job) + lifeMs) }),
        ...(state === 'FAILED' && { errorMessage: job.failure }),
      },
    };
  };

  const results = (job: Job, query: URLSearchParams): Reply => {
    const state = stateOf(job, now());
    if (state !== 'FULFILLED') throw new Refusal(400, 'bad.request', `The job is ${state}: it has no results.`);
    const completedAt = completionOf(job);
    job.results ??= fromTheLake(world, job, completedAt, availabilityAt(completedAt));
    const pageSize = wholeNumber(query.get('pageSize'), 'pageSize', MOST_PER_PAGE, 1, MOST_PER_PAGE);
    const from = readCursor(query.get('cursor'), job);
    const page = job.results.slice(from, from + pageSize);
    const next = from + page.length;
    return {
      status: 200,
      json: {
        ...(page.length > 0 && {
          conversations: page.map(({ recording, steps }) => archived(recording().recordAfter(steps))),
        }),
        ...(next < job.results.length && { cursor: writeCursor(job, next) }),
        dataAvailabilityDate: iso(availabilityAt(completedAt)),
      },
    };
  };

  const path = '^/api/v2/analytics/conversations/details/jobs';
  const route = (method: string, rest: string, handle: Route['handle']): Route => ({
    method,
    path: new RegExp(`${path}${rest}$`),
    permission: PERMISSION,
    handle,
  });
  return [
    route('POST', '', ({ body }) => submit(jsonObject(body))),
    route('GET', '/availability', () => ({
      status: 200,
      json: { dataAvailabilityDate: iso(availabilityAt(now())) },
    })),
    route('GET', '/([^/]+)', (_, id) => status(jobOf(id))),
    route('GET', '/([^/]+)/results', ({ query }, id) => results(jobOf(id), query)),
    route('DELETE', '/([^/]+)', (_, id) => {
      jobOf(id).cancelled = true;
      return { status: 204 };
    }),
  ];
}

/** What a job finds at a time. */
function fromTheLake(world: World, job: Job, time: number, availability: number): readonly Hit[] {
  const { interval, filters } = job;
  const from = Math.max(interval.from, filters.touching.from);
  const to = Math.min(interval.to, filters.touching.to);
  return world.between(from, to, time).flatMap(({ recording }) => {
    const recorded = recording();
    // Of what is newer than the guarantee, half of the conversations are already there. What bears no newer
    // time is there with all that shows of it, however late it was changed.
    const [, latest] = recorded.times;
    const ahead = latest <= availability || hashOf(recorded.conversationId) % 2 === 0;
    const steps = ahead ? stepsShown(recorded, time) : stepsShownOf(recorded, time, availability);
    if (steps === 0) return [];
    const view = viewOf(archived(recorded.recordAfter(steps)));
    return livesIn(view, interval) && filters.test(view) ? [{ recording, steps }] : [];
  });
}

/**
 * A record as the archive has it: a leg that the query calls `external` is called `customer` there (seen in
 * real records).
 */
export function archived(record: ConversationRecord): ConversationRecord {
  const { participants } = record;
  if (!participants?.some((participant) => participant?.purpose === 'external')) return record;
  return {
    ...record,
    participants: participants.map((participant) =>
      participant?.purpose === 'external' ? { ...participant, purpose: 'customer' } : participant,
    ),
  };
}

function writeCursor(job: Job, from: number): string {
  return Buffer.from(`${job.id} ${from}`).toString('base64url');
}

function readCursor(cursor: string | null, job: Job): number {
  if (cursor === null) return 0;
  const [id, from] = Buffer.from(cursor, 'base64url').toString().split(' ');
  if (id !== job.id) throw new Refusal(400, 'invalid.value', 'The cursor is not valid.');
  return Number(from);
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
