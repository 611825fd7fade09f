/** Who an event is for. Events of a dead owner never happen; a paused one has them held back. */
export interface Owner {
  /** Whether the event may happen now. An owner that says no has kept it or done away with it. */
  admits(event: Event): boolean;
  /** Called when all that followed from an event has happened. True if more is about to follow. */
  afterwards(): boolean;
}

/**
 * Something that happens at a time; without an owner it happens out in the network, whichever process lives
 * or dies.
 */
export interface Event {
  readonly owner: Owner | undefined;
  readonly happen: () => void;
}

interface Entry {
  readonly time: number;
  readonly order: number;
  readonly event: Event;
}

/**
 * Virtual time. One event happens at a time, and before the next one does, every promise that can be settled
 * has been: between two events the code under test runs until all of it waits. Nothing here knows real time
 * or real chance, so the order of everything is a function of what was scheduled.
 */
export class Scheduler {
  /** Milliseconds since the simulation began. */
  now = 0;
  /** Events that have happened. */
  steps = 0;
  /** A heap by time, then by the order of scheduling. */
  private readonly heap: Entry[] = [];
  private scheduled = 0;
  private lastOwner: Owner | undefined;

  /** `delay` is milliseconds from now. */
  after(delay: number, owner: Owner | undefined, happen: () => void): void {
    this.at(this.now + Math.max(0, delay), { owner, happen });
  }

  at(time: number, event: Event): void {
    const entry = { time, order: this.scheduled++, event };
    const { heap } = this;
    let index = heap.length;
    while (index > 0) {
      const up = (index - 1) >> 1;
      const parent = heap[up] as Entry;
      if (!isBefore(entry, parent)) break;
      heap[index] = parent;
      index = up;
    }
    heap[index] = entry;
  }

  /** Lets events happen until `isOver` says so, asked after each. Rejects with what an event throws. */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          if (!this.lastOwner?.afterwards()) {
            if (isOver()) return resolve();
            this.happenNext();
          }
        } catch (error) {
          return reject(error);
        }
        // Node empties the queue of microtasks, however long it grows meanwhile, before it comes to this
        // tick.
        queueMicrotask(() => process.nextTick(step));
      };
      process.nextTick(step);
    });
  }

  private happenNext(): void {
    const entry = this.takeFirst();
    if (!entry) throw new Error('the simulation has run dry: no process waits for anything any more');
    this.now = Math.max(this.now, entry.time);
    const { event } = entry;
    this.lastOwner = event.owner;
    if (event.owner && !event.owner.admits(event)) return;
    this.steps++;
    event.happen();
  }

  private takeFirst(): Entry | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right && isBefore(right, heap[child] as Entry)) child++;
      const smaller = heap[child] as Entry;
      if (!isBefore(smaller, last)) break;
      heap[index] = smaller;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
