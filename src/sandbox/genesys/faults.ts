import type { Answer, Request, Trouble } from './http.ts';

/** An answer that comes in place of Genesys's own, or trouble on its way. */
export interface Fault {
  /** Which requests it may befall; absent: any. */
  readonly on?: (request: Request) => boolean;
  /** How many requests it befalls; absent: one. */
  readonly times?: number;
  /** Answer this instead. Without it, the request is answered normally. */
  readonly answer?: Partial<Answer>;
  /** Answer as if this had been asked. */
  readonly asked?: (request: Request) => Request;
  /** Change the members of a normal answer's JSON. */
  readonly change?: (json: Readonly<Record<string, unknown>>) => unknown;
  readonly trouble?: Trouble;
}

/**
 * Faults waiting for their requests: each befalls the first that it may, and is gone once it has befallen as
 * many as it does.
 */
export interface Faults {
  add(...faults: readonly Fault[]): void;
  /** The fault for this request, if there is one. */
  take(request: Request): Fault | undefined;
  /** Takes away every fault that waits. */
  clear(): void;
  readonly waiting: number;
}

export function createFaults(): Faults {
  const queue: { readonly fault: Fault; left: number }[] = [];
  return {
    add(...faults) {
      for (const fault of faults) queue.push({ fault, left: fault.times ?? 1 });
    },
    take(request) {
      const index = queue.findIndex(({ fault }) => fault.on?.(request) ?? true);
      const entry = queue[index];
      if (!entry) return undefined;
      entry.left--;
      if (entry.left === 0) queue.splice(index, 1);
      return entry.fault;
    },
    clear() {
      queue.length = 0;
    },
    get waiting() {
      return queue.length;
    },
  };
}
