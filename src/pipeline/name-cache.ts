import { LRUCache } from 'lru-cache';
import { Failure, logFieldsOf, messageOf } from '../domain/failure.ts';
import { backoffDelay, PAUSES } from '../domain/retry-policy.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { NameList } from '../ports/names.ts';

export interface NameCacheOptions {
  /** The configuration's name for what is in it: `wrapUpCodes` or `campaigns`. */
  readonly kind: string;
  readonly list: NameList;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends what is going on in the background. */
  readonly signal: AbortSignal;
}

/** Names kept; more than an organisation may have of either kind. */
const MAX_NAMES = 20_000;
/** The list is read again when it is this old, since things are renamed; milliseconds. */
const MAX_AGE_MS = 3_600_000;
/** What is not on the list is not looked for again for this long, milliseconds. */
const UNKNOWN_FOR = 600_000;
/** Between two readings of the list, whatever is asked for meanwhile; milliseconds. */
const MIN_AGE_MS = 60_000;
/** Wrap-up codes of the dialer's own, such as ININ-OUTBOUND-PREVIEW-SKIPPED, are their own names. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Names by ID, read from a list in the background. A look-up gets what is known at that moment; an
 * unknown ID makes the list be read again. A failure of that is logged and tried again later; without the
 * permission the look-ups end.
 */
export class NameCache {
  private readonly options: NameCacheOptions;
  private readonly names = new LRUCache<string, string>({ max: MAX_NAMES });
  /** ID → until when it is not looked for, monotonic. */
  private readonly unknown = new LRUCache<string, number>({ max: MAX_NAMES });
  /** Asked for, and not known at that moment. */
  private readonly wanted = new Set<string>();
  private state: 'idle' | 'reading' | 'given up' = 'idle';
  private failures = 0;
  /** Monotonic. */
  private readAt = Number.NEGATIVE_INFINITY;
  private notBefore = Number.NEGATIVE_INFINITY;

  constructor(options: NameCacheOptions) {
    this.options = options;
  }

  /** Reads the list, in the background, unless it was read not long ago. */
  prime(): void {
    if (this.options.clock.monotonic() - this.readAt >= MAX_AGE_MS) this.read();
  }

  /** The name as far as it is known at this moment. */
  nameOf(id: string): string | undefined {
    if (!UUID.test(id)) return undefined;
    this.prime();
    const name = this.names.get(id);
    if (name === undefined && this.isWorthALook(id)) {
      this.wanted.add(id);
      this.read();
    }
    return name;
  }

  private isWorthALook(id: string): boolean {
    const unknownUntil = this.unknown.get(id) ?? Number.NEGATIVE_INFINITY;
    return this.state !== 'given up' && this.options.clock.monotonic() >= unknownUntil;
  }

  private read(): void {
    if (this.state !== 'idle' || this.options.clock.monotonic() < this.notBefore) return;
    this.state = 'reading';
    void this.readAll().then(
      () => this.succeed(),
      (failure) => this.fail(failure),
    );
  }

  private async readAll(): Promise<void> {
    const { list, signal } = this.options;
    for await (const page of list.pages({ signal, count: () => undefined })) {
      for (const { id, name } of page) this.names.set(id, name);
    }
  }

  private succeed(): void {
    const now = this.options.clock.monotonic();
    this.state = 'idle';
    this.failures = 0;
    this.readAt = now;
    this.notBefore = now + MIN_AGE_MS;
    for (const id of this.wanted) if (!this.names.has(id)) this.unknown.set(id, now + UNKNOWN_FOR);
    this.wanted.clear();
  }

  private fail(failure: unknown): void {
    const { kind, clock, log, signal } = this.options;
    if (signal.aborted) return;
    if (failure instanceof Failure && failure.code === 'genesys.permission') {
      this.state = 'given up';
      log.warn(
        'enrich.disabled',
        `Events go without the names of enrich.${kind} until the poller is started again. ${failure.message}`,
        { enrich: kind, ...logFieldsOf(failure) },
      );
      return;
    }
    this.state = 'idle';
    this.failures++;
    this.notBefore = clock.monotonic() + backoffDelay(this.failures, PAUSES.names, clock.random());
    // What keeps names from being read for once keeps the streams from reading too, and they say so.
    const level = this.failures === 1 && failure instanceof Failure ? 'debug' : 'warn';
    log[level](
      'enrich.failed',
      `Events may go without the names of enrich.${kind} for a while. ${messageOf(failure)}`,
      {
        enrich: kind,
        ...logFieldsOf(failure),
      },
    );
  }
}
