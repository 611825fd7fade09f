import { RETRIES } from '../domain/retry-policy.ts';
import { abortable } from '../lib/abort.ts';
import { retrying } from '../lib/retry.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestContext } from '../ports/request-context.ts';
import { judge, NonAwsResponse, tableFailure } from './failures.ts';

/** What the SDK resolves to; undefined where a refusal is an answer too. */
export type Answer = { readonly $metadata: { readonly requestId?: string | undefined } } | undefined;

/**
 * Says which member an answer lacks that AWS puts into every answer of its operation; undefined if it
 * lacks none. A gateway that answers HTTP 200 with `{}` would otherwise read as "nothing found" or "all
 * done".
 */
export type Lacks<T> = (answer: NonNullable<T>) => string | undefined;

/** Of an update that asks for what it has set, or for the whole item. */
export function lacksAttributes({ Attributes }: { readonly Attributes?: object | undefined }): string | undefined {
  return Attributes ? undefined : 'Attributes';
}

/** A request on the wire; the signal ends it. */
export type Request<T extends Answer> = (options: { readonly abortSignal: AbortSignal }) => Promise<T>;

/**
 * Sends a request and rejects with the signal's reason as soon as it aborts, even where the SDK does not
 * look at the signal (while it fetches credentials). Other errors come through as the SDK threw them.
 *
 * An answer without a request ID is an error: AWS gives one to every answer. To the SDK, an empty page of
 * some box in between is an answer with nothing in it, and that would read as "there is no checkpoint".
 * An answer that `lacks` a member is an error too.
 */
export async function sendOnce<T extends Answer>(
  request: Request<T>,
  signal: AbortSignal,
  lacks: Lacks<T> = () => undefined,
): Promise<T> {
  signal.throwIfAborted();
  // The SDK gets a signal of its own: a cycle's signal then has one listener for each call on the wire,
  // and only until it ends.
  const ending = new AbortController();
  try {
    const answer = await abortable(request({ abortSignal: ending.signal }), signal);
    if (answer && answer.$metadata.requestId === undefined)
      throw new NonAwsResponse('the answer bears no request ID of AWS');
    const missing = answer && lacks(answer);
    if (missing !== undefined) throw new NonAwsResponse(`the answer has no ${missing}: AWS never leaves that out`);
    return answer;
  } catch (error) {
    if (signal.aborted) ending.abort();
    throw error;
  }
}

/**
 * Sends a request to DynamoDB, up to three times while the error is transient. `onAttempt` is called before
 * each. Errors come through as the SDK threw them.
 */
export function sendWithRetries<T extends Answer>(
  request: Request<T>,
  {
    signal,
    clock,
    lacks,
    onAttempt,
  }: {
    readonly signal: AbortSignal;
    readonly clock: Clock;
    readonly lacks?: Lacks<T> | undefined;
    readonly onAttempt: () => void;
  },
): Promise<T> {
  const attempt = () => {
    onAttempt();
    return sendOnce(request, signal, lacks);
  };
  const isTransient = (error: Error) => judge(error) === 'transient';
  return retrying(attempt, isTransient, { ...RETRIES.tableCall, clock, signal });
}

/**
 * Sends a request to DynamoDB repeatedly, and counts each attempt. Every request of ours may be repeated:
 * those with a condition recognise what an earlier attempt of theirs has written.
 *
 * Rejects with a Failure (`table.*`, `aws.credentials`), or with the signal's reason.
 */
export async function sendToTable<T extends Answer>(
  request: Request<T>,
  about: {
    readonly action: string;
    readonly table: string;
    readonly context: RequestContext;
    readonly clock: Clock;
    readonly lacks?: Lacks<T>;
  },
): Promise<T> {
  const { context, clock, lacks } = about;
  const onAttempt = () => context.count('dynamoCalls');
  try {
    return await sendWithRetries(request, { signal: context.signal, clock, lacks, onAttempt });
  } catch (error) {
    context.signal.throwIfAborted();
    throw tableFailure(error, about);
  }
}
