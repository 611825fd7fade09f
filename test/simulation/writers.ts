import type { Lease } from '../../src/domain/lease.ts';
import type { Checkpoint } from '../../src/ports/state-table.ts';
import type { Judge } from './judge.ts';
import type { PollerProcess } from './poller-process.ts';

/**
 * Holds the writers of the state table against what was promised: one holder a fence, none but the holder of the latest
 * one writes a checkpoint or publishes, and a checkpoint never moves back, nor past what is not published.
 */
export class Writers {
  private readonly judge: Judge;
  private readonly holders = new Map<number, PollerProcess>();
  private lease: Lease | undefined;

  constructor(judge: Judge) {
    this.judge = judge;
  }

  leaseWritten(process: PollerProcess, lease: Lease): void {
    const holder = this.holders.get(lease.fence);
    if (holder && holder !== process) {
      this.judge.breach('one writer', `${process.name} writes a lease with fence ${lease.fence} of ${holder.name}`);
    }
    if (lease.fence < (this.lease?.fence ?? 0))
      this.judge.breach('one writer', `the fence goes back to ${lease.fence}`);
    this.holders.set(lease.fence, process);
    this.lease = lease;
  }

  fenced(process: PollerProcess, fence: number): void {
    this.requireHolder(process, fence, 'fences the checkpoint');
    // An earlier call of its own may arrive late.
    process.fence = Math.max(process.fence, fence);
  }

  /** `readSince`: when the writer began to read what it says is published; undefined for the first checkpoint of all. */
  checkpointWritten(
    process: PollerProcess,
    before: Checkpoint | undefined,
    after: Checkpoint,
    readSince: number | undefined,
  ): void {
    const { judge } = this;
    this.requireHolder(process, after.fence, 'writes the checkpoint');
    if (before && after.watermark < before.watermark)
      judge.breach('never back', `${process.name} moves the watermark back`);
    if (before && after.fence < before.fence) judge.breach('one writer', `${process.name} takes the fence back`);
    if (before && after.origin !== before.origin) judge.breach('never back', `${process.name} changes the origin`);
    const passed = judge.undelivered(after.origin, after.watermark, readSince ?? Number.POSITIVE_INFINITY);
    if (passed.length > 0) {
      judge.breach(
        'published first',
        `${process.name} moves the checkpoint past what is not published: ${passed.join(', ')}`,
      );
    }
  }

  /** Nobody but the holder of the lease as it stands may make a call to the bus. */
  putIssued(process: PollerProcess): void {
    const { lease } = this;
    if (lease?.holder === process.name && lease.fence === process.fence) return;
    const holder = lease
      ? `${lease.holder || 'nobody'} holds the lease with fence ${lease.fence}`
      : 'there is no lease';
    this.judge.breach('holder publishes', `${process.name} publishes under fence ${process.fence}, while ${holder}`);
  }

  private requireHolder(process: PollerProcess, fence: number, does: string): void {
    const holder = this.holders.get(fence);
    if (holder === process) return;
    this.judge.breach('one writer', `${process.name} ${does} under fence ${fence} of ${holder?.name ?? 'nobody'}`);
  }
}
