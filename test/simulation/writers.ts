import type { Lease } from '../../src/domain/lease.ts';
import type { Checkpoint } from '../../src/ports/state-store.ts';
import type { Judge } from './judge.ts';
import type { PollerProcess } from './poller-process.ts';

/** The stream that reads the query, and the one that reads the data lake, under its lease. */
export const LIVE = 'conversations';
export const SECOND = 'reconciliation';

/** When the writer of a checkpoint read what it says is published; epoch milliseconds. */
export interface ReadSpan {
  /** Undefined for the first checkpoint of all, which says that there is nothing to read before it. */
  readonly since: number | undefined;
  readonly by: number;
}

interface Stream {
  /** By fence. */
  readonly holders: Map<number, PollerProcess>;
  lease: Lease | undefined;
}

/**
 * Holds the writers of the state table against what was promised: one holder a fence, only the holder of the
 * latest one writes a checkpoint or publishes, and a checkpoint never moves back, nor past what is not
 * published.
 */
export class Writers {
  private readonly judge: Judge;
  private readonly isLakeEarly: boolean;
  private readonly streams = new Map<string, Stream>();

  /**
   * `isLakeEarly`: the data lake guarantees times of which something still shows, so a checkpoint may pass
   * that.
   */
  constructor(judge: Judge, isLakeEarly = false) {
    this.judge = judge;
    this.isLakeEarly = isLakeEarly;
  }

  leaseWritten(process: PollerProcess, name: string, lease: Lease): void {
    const stream = this.stream(name);
    const holder = stream.holders.get(lease.fence);
    if (holder && holder !== process) {
      this.judge.breach('one writer', `${process.name} writes a lease with fence ${lease.fence} of ${holder.name}`);
    }
    if (lease.fence < (stream.lease?.fence ?? 0))
      this.judge.breach('one writer', `the fence goes back to ${lease.fence}`);
    stream.holders.set(lease.fence, process);
    stream.lease = lease;
  }

  fenced(process: PollerProcess, name: string, fence: number): void {
    this.requireHolder(process, name, fence, 'fences the checkpoint');
    // An earlier call of its own may arrive late.
    process.fences.set(name, Math.max(process.fences.get(name) ?? 0, fence));
  }

  checkpointWritten(
    process: PollerProcess,
    name: string,
    before: Checkpoint | undefined,
    after: Checkpoint,
    read: ReadSpan,
  ): void {
    const { judge } = this;
    this.requireHolder(process, name, after.fence, 'writes the checkpoint');
    if (before && after.watermark < before.watermark)
      judge.breach('never back', `${process.name} moves the watermark back`);
    if (before && after.fence < before.fence) judge.breach('one writer', `${process.name} takes the fence back`);
    if (before && after.origin !== before.origin) judge.breach('never back', `${process.name} changes the origin`);
    const { origin, watermark } = after;
    const passed =
      name === LIVE
        ? judge.ledger.undelivered(origin, watermark, read.since ?? Number.POSITIVE_INFINITY, read.by)
        : this.isLakeEarly
          ? []
          : judge.ledger.unread(origin, watermark);
    if (passed.length === 0) return;
    judge.breach(
      'published first',
      `${process.name} moves the checkpoint of ${name} past what is not published: ${passed.join(', ')}`,
    );
  }

  /**
   * Only the holder of the lease as it stands may make a call to the bus; the second stream needs both
   * leases.
   */
  putIssued(process: PollerProcess, name: string): void {
    for (const needed of name === LIVE ? [LIVE] : [LIVE, name]) {
      const { lease } = this.stream(needed);
      const fence = process.fences.get(needed) ?? 0;
      if (lease?.holder === process.name && lease.fence === fence) continue;
      const holder = lease
        ? `${lease.holder || 'none'} holds the lease with fence ${lease.fence}`
        : 'there is no lease';
      this.judge.breach(
        'holder publishes',
        `${process.name} publishes ${needed} under fence ${fence}, while ${holder}`,
      );
    }
  }

  private requireHolder(process: PollerProcess, name: string, fence: number, does: string): void {
    const holder = this.stream(name).holders.get(fence);
    if (holder === process) return;
    this.judge.breach(
      'one writer',
      `${process.name} ${does} of ${name} under fence ${fence} of ${holder?.name ?? 'nobody'}`,
    );
  }

  private stream(name: string): Stream {
    let stream = this.streams.get(name);
    if (!stream) {
      stream = { holders: new Map(), lease: undefined };
      this.streams.set(name, stream);
    }
    return stream;
  }
}
