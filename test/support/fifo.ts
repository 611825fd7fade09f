import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** A named pipe with a reader that reads on command, and may leave and come back. */
export class Fifo {
  readonly path: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'genesys-poller-fifo-'));
  private readonly writers: number[] = [];
  private reader: number | undefined;

  constructor() {
    this.path = join(this.folder, 'fifo');
    execFileSync('mkfifo', [this.path]);
    this.attach();
  }

  /**
   * A file descriptor to write to, as a process inherits it (blocking) or as Node makes it (not blocking).
   */
  writer(how: 'blocking' | 'nonblocking'): number {
    const fd = openSync(this.path, how === 'blocking' ? O_WRONLY : O_WRONLY | O_NONBLOCK);
    this.writers.push(fd);
    return fd;
  }

  /** Writes until no further byte fits. Returns what was written. */
  fill(): string {
    const fd = this.writer('nonblocking');
    let written = '';
    for (const size of [4_096, 1]) {
      for (const text = 'f'.repeat(size); wasPossible(() => writeSync(fd, text)); ) written += text;
    }
    return written;
  }

  attach(): void {
    this.reader = openSync(this.path, O_RDONLY | O_NONBLOCK);
  }

  leave(): void {
    if (this.reader !== undefined) closeSync(this.reader);
    this.reader = undefined;
  }

  /** All that can be read now. */
  read(): string {
    const buffer = Buffer.alloc(65_536);
    let text = '';
    for (let bytes = 0; wasPossible(() => (bytes = readSync(this.reader ?? -1, buffer))) && bytes > 0; ) {
      text += buffer.toString('latin1', 0, bytes);
    }
    return text;
  }

  close(): void {
    this.leave();
    for (const fd of this.writers) closeSync(fd);
    rmSync(this.folder, { recursive: true });
  }
}

/** False where the pipe is full, or empty. */
function wasPossible(context: () => unknown): boolean {
  try {
    context();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
    throw error;
  }
}
