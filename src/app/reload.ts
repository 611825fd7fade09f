import { changeOf } from '../config/changes.ts';
import type { Config } from '../config/config.ts';
import { keysInFile, loadConfig } from '../config/load.ts';
import { type ConfigOrigin, configFile } from '../config/origin.ts';
import { readTextFile } from '../config/text-file.ts';
import { Failure } from '../domain/failure.ts';
import type { PolledStream } from '../domain/streams.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { enabledStreams } from './streams.ts';

/** How often to look whether the file has changed, milliseconds. */
const LOOK_EVERY = 1_000;

export interface ReloadOptions {
  readonly origin: ConfigOrigin;
  /** The configuration that the poller has started with. */
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  /** Called with a configuration that was accepted, before its line is logged. */
  readonly onAccepted: (config: Config) => void;
}

/**
 * Another configuration for a poller that runs.
 *
 * SIGHUP asks for it, and so does a change of the file's text if `poller.watchConfig` is set. The text is read once a second
 * and compared; the change counts once two looks have found the same new text. Looking costs nothing worth mentioning
 * and works where change notifications of the file system fail: a file replaced by an editor, a Kubernetes ConfigMap swapped
 * behind a symbolic link, a mounted file, a network file system. A file found half written is usually not two times the same.
 *
 * The new configuration is loaded and judged as a whole, the secrets outside the file included. What is invalid is rejected, with
 * the reason, and the old one stays. What is valid takes its place by starting a new round: the workers of the old one stop as for a
 * shutdown (nothing more is read, what was read is delivered), then new workers begin under the same leases. So no
 * setting ever changes in the middle of a cycle, and no code but this needs to know that settings can change at all.
 */
export class Reload {
  private readonly options: ReloadOptions;
  private readonly ending = new AbortController();
  private readonly onHangUp = () => this.reload('SIGHUP');
  private current: Config;
  private round = new AbortController();
  /** The file's text as it was last loaded, and as it was last seen. */
  private loaded: string | undefined;
  private seen: string | undefined;
  /** The keys that the file set when it was last accepted. */
  private keys: ReadonlySet<string>;

  constructor(options: ReloadOptions) {
    this.options = options;
    this.current = options.config;
    this.loaded = this.read();
    this.seen = this.loaded;
    this.keys = keysInFile(options.origin);
    process.on('SIGHUP', this.onHangUp);
    void this.watch();
  }

  /** The configuration to poll by. */
  get config(): Config {
    return this.current;
  }

  /** Aborts as soon as another configuration has taken the place of the one that this round has begun with. */
  get replaced(): AbortSignal {
    return this.round.signal;
  }

  /** Whether this round ends for the sake of another in which the stream is polled too. */
  goesOnWith(stream: PolledStream): boolean {
    return this.replaced.aborted && enabledStreams(this.current).includes(stream);
  }

  /** A new round begins, with the configuration as it is now. */
  nextRound(): void {
    if (this.round.signal.aborted) this.round = new AbortController();
  }

  /** No further configuration is taken. */
  close(): void {
    process.off('SIGHUP', this.onHangUp);
    this.ending.abort();
  }

  private async watch(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      await this.options.clock.sleep(LOOK_EVERY, signal).catch(() => undefined);
      if (signal.aborted || !this.current.poller.watchConfig) continue;
      const text = this.read();
      const isSettled = text === this.seen;
      this.seen = text;
      if (isSettled && text !== this.loaded) this.reload('the file has changed');
    }
  }

  private reload(trigger: string): void {
    const { origin, log, onAccepted } = this.options;
    this.loaded = this.read();
    this.seen = this.loaded;
    try {
      const { config, changed, needsRestart } = changeOf(this.current, loadConfig(origin));
      const keys = keysInFile(origin);
      const defaulted = [...changed, ...needsRestart].filter((key) => this.keys.has(key) && !keys.has(key));
      this.keys = keys;
      this.current = config;
      onAccepted(config);
      const isAsked = needsRestart.length + defaulted.length === 0;
      log[isAsked ? 'info' : 'warn']('config.reloaded', messageOf(changed, needsRestart, defaulted), {
        trigger,
        changed,
        needsRestart,
        ...(defaulted.length > 0 && { defaulted }),
      });
      if (changed.length > 0) this.round.abort(new Error('another configuration has taken the place of this one'));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log.error('config.rejected', `${error.message}. The configuration from before stays`, {
        trigger,
        ...error.facts,
      });
    }
  }

  /** Undefined without a file, and for one that cannot be read. */
  private read(): string | undefined {
    const file = configFile(this.options.origin);
    return file === undefined ? undefined : readTextFile(file).text;
  }
}

function messageOf(changed: readonly string[], needsRestart: readonly string[], defaulted: readonly string[]): string {
  const effect = changed.length > 0 ? `From the next cycle on: ${changed.join(', ')}` : 'Nothing has changed';
  const restart =
    needsRestart.length > 0 ? `. Only a restart changes ${needsRestart.join(', ')}: the old value stays` : '';
  const lost =
    defaulted.length > 0
      ? `. The file no longer sets ${defaulted.join(', ')}, and the default takes its place: is the file whole?`
      : '';
  return `${effect}${restart}${lost}`;
}
