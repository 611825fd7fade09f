/**
 * A sign of life: a cycle has ended, however it did, or a standby has looked whether the lease is free. A
 * timer that goes on while the work stands still gives none.
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
  /** The stream is not polled for now, and will give no sign. */
  rest(stream: string): void;
}
