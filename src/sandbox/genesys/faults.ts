import type { Answer, Request, Trouble } from './http.ts';

/** An answer that comes in place of Genesys's own, or trouble on its way. */
export interface Fault {
  /** Which requests it may befall; absent: any. */
  readonly on?: (request: Request) => boolean;
  /** Answer this instead. Without it, the request is answered normally, and only `trouble` is added. */
  readonly answer?: Partial<Answer>;
  readonly trouble?: Trouble;
}

/** Faults waiting for their requests: each befalls the first that it may, and is gone. */
export interface Faults {
  add(...faults: readonly Fault[]): void;
  /** The fault for this request, if there is one. */
  take(request: Request): Fault | undefined;
  readonly waiting: number;
}

export function createFaults(): Faults {
  const queue: Fault[] = [];
  return {
    add: (...faults) => void queue.push(...faults),
    take(request) {
      const index = queue.findIndex((fault) => fault.on?.(request) ?? true);
      return index < 0 ? undefined : queue.splice(index, 1)[0];
    },
    get waiting() {
      return queue.length;
    },
  };
}
