import type { CycleReport } from '../domain/cycle-report.ts';
import type { Instant } from '../domain/instant.ts';

/**
 * A sign of life that is not a cycle: there was nothing to read yet, a cycle under way goes on reading, or a
 * standby has looked whether the lease is free. A timer that goes on while the work stands still gives none.
 */
export interface SignOfLife {
  readonly stream: string;
  readonly kind: 'idle' | 'reading' | 'standby' | 'acquired';
  /** Where the stream's checkpoint is; absent where that is not known. */
  readonly watermark?: Instant | undefined;
}

/** Hears how the streams are. Never throws. */
export interface StreamObserver {
  /** A cycle is over, or could not begin. */
  onCycle(report: CycleReport): void;
  onSign(sign: SignOfLife): void;
  /** The stream is no longer polled here, and will give no sign. */
  onStopped(stream: string): void;
}

/** Passes everything on to all of these, in this order. */
export function everyObserver(...observers: readonly (Partial<StreamObserver> | undefined)[]): StreamObserver {
  return {
    onCycle: (report) => observers.forEach((observer) => void observer?.onCycle?.(report)),
    onSign: (sign) => observers.forEach((observer) => void observer?.onSign?.(sign)),
    onStopped: (stream) => observers.forEach((observer) => void observer?.onStopped?.(stream)),
  };
}
