import { isDeepStrictEqual } from 'node:util';
import { changeOf } from '../config/changes.ts';
import type { Config } from '../config/config.ts';
import { keysInFile, loadConfig } from '../config/load.ts';
import { type ConfigOrigin, configFile } from '../config/origin.ts';
import { secretFiles } from '../config/secrets.ts';
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
  /** Called with a configuration that was accepted, changed or not, before its line is logged. */
  readonly onAccepted: (config: Config) => void;
}

/**
 * Another configuration for a poller that runs.
 *
 * SIGHUP asks for it. So does a change of the text of the file, or of a file with a secret, if
 * `poller.watchConfig` is set. The texts are read once a second and compared. A change counts once two looks
 * have found the same new texts: a file found half written is usually not the same twice. Looking costs next
 * to nothing, and it works where notifications of the file system fail: a file replaced by an editor, a
 * ConfigMap or Secret swapped behind a symbolic link, a mounted file, a network file system, a credential
 * that systemd renews.
 *
 * The new configuration is loaded and judged as a whole, secrets included. An invalid one is rejected with
 * the reason, and the old one stays. A valid one takes effect by a new round: the workers of the old round
 * stop as for a shutdown (nothing more is read, what was read is delivered), then new workers begin under the
 * same leases. So no setting changes in the middle of a cycle, and no other code needs to know that settings
 * can change.
 */
export class Reload {
  private readonly options: ReloadOptions;
  private readonly ending = new AbortController();
  private readonly onHangUp = () => this.reload('SIGHUP');
  private current: Config;
  private round = new AbortController();
  /** The texts as they were last loaded, and as they were last seen. */
  private loaded: Texts;
  private seen: Texts;
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

  /**
   * Aborts as soon as another configuration has taken the place of the one that this round has begun with.
   */
  get replaced(): AbortSignal {
    return this.round.signal;
  }

  /** Whether a reload ended this round and the stream is still polled. */
  keepsStream(stream: PolledStream): boolean {
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
      const texts = this.read();
      const isSettled = isDeepStrictEqual(texts, this.seen);
      this.seen = texts;
      if (!isSettled || isDeepStrictEqual(texts, this.loaded)) continue;
      this.reload(texts.file === this.loaded.file ? 'a secret has changed' : 'the file has changed');
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
        code: error.code,
        ...error.fields,
      });
    }
  }

  private read(): Texts {
    const { origin } = this.options;
    const file = configFile(origin);
    return {
      file: file === undefined ? undefined : readTextFile(file).text,
      secrets: secretFiles(origin.env).map((path) => readTextFile(path).text),
    };
  }
}

/** Undefined stands for a file that is not named, or cannot be read. */
interface Texts {
  readonly file: string | undefined;
  readonly secrets: readonly (string | undefined)[];
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
