import { judge } from './failures.ts';

/** A call took longer, from the request to the last byte of its answer, than any call may. */
export class CallTimeout extends Error {
  override readonly name = 'TimeoutError';

  constructor(limit: number) {
    super(`no complete answer within ${limit / 1000} s`);
  }
}

/** Nothing was sent: the SDK waits for region, credentials or endpoint. */
export class NotSent extends Error {
  override readonly name = 'NotSentError';

  constructor(limit: number) {
    super(`region, credentials and endpoint were not found within ${limit / 1000} s`);
  }
}

/** Milliseconds. */
export interface Limits {
  /** Until the request goes out. Longer than the limit for credentials, whose failure says more. */
  readonly sending: number;
  /** From then until the last byte of the answer. */
  readonly answer: number;
}

type Middleware = (next: (args: Args) => Promise<unknown>) => (args: Args) => Promise<unknown>;
interface Args {
  readonly input: object;
}

interface Command {
  readonly input: object;
}

/**
 * As much of an SDK client as is needed here: it has one command with its options, and middleware next to
 * the wire.
 */
export interface SdkClient {
  readonly middlewareStack: unknown;
  send: unknown;
}

/** A client that can be made anew, which reads the settings of this host again. */
export interface Renewable<C> {
  readonly client: C;
  renew(): void;
}

/**
 * A client of the SDK whose every call has a deadline. The SDK's own time-outs watch pieces of a call,
 * and none of them the whole: an answer that drips in byte by byte passes all of them.
 *
 * The SDK waits inside for what it has not sent at the deadline (a region from a file that cannot be
 * read, credentials), and every later call would wait for the same promise. It also keeps credentials
 * without an expiry for ever. So a client is made anew after such a deadline, and `onRefused` is called
 * when AWS refuses the credentials. Calls in flight end on the client that they began with.
 */
export function renewable<C extends SdkClient>(make: () => C, limits: Limits, onRefused: () => void): Renewable<C> {
  const onWire = new WeakMap<object, () => void>();
  const watched = () => {
    const client = make();
    const watch: Middleware = (next) => (args) => {
      onWire.get(args.input)?.();
      return next(args);
    };
    const stack = client.middlewareStack as { add(middleware: Middleware, where: object): void };
    stack.add(watch, { step: 'deserialize', name: 'genesysPollerDeadline' });
    return client;
  };
  let current = watched();

  async function send(command: Command, options: { readonly abortSignal?: AbortSignal } = {}): Promise<unknown> {
    const { abortSignal } = options;
    const client = current;
    const ending = new AbortController();
    const onAbort = () => ending.abort();
    abortSignal?.addEventListener('abort', onAbort, { once: true });
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<never>((_resolve, reject) => {
      const expire = (error: Error) => {
        reject(error);
        ending.abort();
      };
      timer = setTimeout(() => {
        expire(new NotSent(limits.sending));
        if (client === current) current = watched();
      }, limits.sending);
      onWire.set(command.input, () => {
        clearTimeout(timer);
        timer = setTimeout(() => expire(new CallTimeout(limits.answer)), limits.answer);
      });
    });
    try {
      const { send: sendNow } = client as { send(command: Command, options: object): Promise<unknown> };
      return await Promise.race([sendNow.call(client, command, { abortSignal: ending.signal }), expired]);
    } catch (error) {
      // Several calls may be refused together: the first has made the client anew.
      if (client === current && judge(error) === 'credentials') onRefused();
      throw error;
    } finally {
      clearTimeout(timer);
      onWire.delete(command.input);
      abortSignal?.removeEventListener('abort', onAbort);
    }
  }

  const client = new Proxy(current, {
    get(_first, key) {
      if (key === 'send') return send;
      const value: unknown = Reflect.get(current, key);
      return typeof value === 'function' ? value.bind(current) : value;
    },
  });
  return {
    client,
    renew() {
      current = watched();
    },
  };
}
