import { constants, openSync } from 'node:fs';
import type { DestinationStream } from 'pino';
import sonicBoom from 'sonic-boom';

/**
 * Bytes of lines that wait for a reader. That is about 8,000 lines: an hour of a daemon at `info`. The
 * shipped heap has 256 MB.
 */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** How long after a failed write the next attempt comes where no line brings one about, milliseconds. */
const RETRY_AFTER = 1_000;

/** Lines that could not be written. */
export interface LostLines {
  readonly lines: number;
  /** The system's name for the last failure, such as ENOSPC; undefined if the reader was only too slow. */
  readonly error: string | undefined;
}

export interface LogOutputOptions {
  /** The file descriptor to write to. Writes to it must not block. */
  readonly fd: number;
  /** Bytes. */
  readonly longestWaiting?: number;
  /** Called with the dropped lines as soon as half of the buffer is free again. */
  readonly onFlowing: (lost: LostLines) => void;
}

/**
 * Where the log goes: Pino's own asynchronous destination, with a bound. Lines wait in memory for a reader
 * that is slow, or a disk that is full. Lines over the bound are dropped whole and counted. A destination
 * that fails is tried again, and never ends the process. That includes EPIPE: a daemon outlives the reader of
 * its log.
 *
 * `pino.destination()` is not used for two reasons. It writes nothing any more after EPIPE. And it flushes
 * synchronously when the process exits, which never ends while a pipe is not read or a disk is full: a
 * process that ends must close its log instead.
 */
export class LogOutput implements DestinationStream {
  private readonly sonic: sonicBoom.SonicBoom;
  private readonly longestWaiting: number;
  private readonly onFlowing: (lost: LostLines) => void;
  /** Bytes that were accepted and are not written yet. */
  private waiting = 0;
  private dropped = 0;
  private error: string | undefined;
  /** Nothing is written any more. */
  private isClosed = false;

  constructor({ fd, longestWaiting = MAX_WAITING_BYTES, onFlowing }: LogOutputOptions) {
    this.longestWaiting = longestWaiting;
    this.onFlowing = onFlowing;
    this.sonic = new sonicBoom.SonicBoom({ fd, maxLength: longestWaiting, retryEAGAIN: () => !this.isClosed });
    this.sonic.on('write', (bytes: number) => this.onWritten(bytes));
    this.sonic.on('drop', (line: string) => this.onDrop(line));
    this.sonic.on('error', (error: NodeJS.ErrnoException) => this.onError(error));
  }

  write(line: string): void {
    if (this.isClosed) return;
    this.waiting += Buffer.byteLength(line);
    this.sonic.write(line);
  }

  /**
   * Resolves once every line is written. Gives up, and drops the rest, when `giveUp` resolves or the
   * destination fails. Nothing is written afterwards.
   */
  async close(giveUp: Promise<unknown>): Promise<void> {
    if (this.isClosed) return;
    await Promise.race([this.written(), giveUp]);
    this.isClosed = true;
  }

  private written(): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.waiting === 0) resolve();
      };
      this.sonic.on('drain', look);
      this.sonic.on('error', () => resolve());
      // After a failed write nothing is under way.
      this.attempt();
      look();
    });
  }

  /** An empty write starts the next attempt at what waits, even if the buffer is full. */
  private attempt(): void {
    if (!this.isClosed && this.waiting > 0) this.sonic.write('');
  }

  private onWritten(bytes: number): void {
    this.waiting -= bytes;
    if (this.dropped === 0 || this.waiting > this.longestWaiting / 2) return;
    const lost: LostLines = { lines: this.dropped, error: this.error };
    this.dropped = 0;
    this.error = undefined;
    this.onFlowing(lost);
  }

  private onDrop(line: string): void {
    this.waiting -= Buffer.byteLength(line);
    this.dropped++;
  }

  private onError({ code }: NodeJS.ErrnoException): void {
    this.error = code;
    setTimeout(() => this.attempt(), RETRY_AFTER).unref();
  }
}

/**
 * A file descriptor of standard output whose writes do not block: a blocked write occupies one of Node's four
 * threads for file access, and a process cannot exit while it lasts. For pipes and sockets Node sets
 * O_NONBLOCK itself when the stream is made. A terminal that was halted (Ctrl-S) needs an open file of our
 * own. Where it cannot be opened, that of all others must do.
 */
export function standardOutput(stdout: { readonly isTTY: boolean } = process.stdout, open = openSync): number {
  if (!stdout.isTTY) return 1;
  try {
    return open('/dev/fd/1', constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return 1;
  }
}
