/**
 * A sign of life: a cycle has ended, however it did, or somebody who waits for the lease has looked whether
 * it is free. A timer that goes on while the work stands still gives none.
 */
export interface StreamEvent {
  readonly stream: string;
  /** `standby` and `acquired` are what looking for the lease came to. */
  readonly outcome: 'completed' | 'idle' | 'interrupted' | 'failed' | 'standby' | 'acquired';
  /** Where the stream's checkpoint stands, epoch milliseconds; absent where that is not known. */
  readonly watermark?: number | undefined;
  /** What failed. */
  readonly code?: string | undefined;
}

/** Hears the signs of life of the streams. Never throws. */
export interface StreamObserver {
  observe(observe: StreamEvent): void;
  /** The stream is not polled any more for now, and no sign of it is to be expected. */
  rest(stream: string): void;
}
