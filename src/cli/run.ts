import { claimPatiently } from '../app/claim.ts';
import { layFoundation } from '../app/connections.ts';
import { freshForOf, heartbeatOf } from '../app/liveness.ts';
import { logSettings } from '../app/log-settings.ts';
import { assemble } from '../app/pipeline.ts';
import { Reload } from '../app/reload.ts';
import { proveLogin, serviceManager } from '../app/service.ts';
import { shutdownSignals } from '../app/shutdown.ts';
import { enabledStreams } from '../app/streams.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { linkSignals } from '../lib/signals.ts';
import { systemClock } from '../lib/system-clock.ts';
import type { Heartbeat } from '../observability/heartbeat.ts';
import { createPollerLog } from '../observability/poller-log.ts';
import type { CycleSignals } from '../pipeline/cycle.ts';
import { serveAll } from '../pipeline/serve-all.ts';
import type { Call } from '../ports/request-context.ts';
import type { Pulse } from '../ports/stream-observer.ts';
import { watchClock } from '../schedule/clock-watch.ts';

/** The daemon: polls every enabled stream until SIGTERM or SIGINT. Resolves to the exit code. */
export async function run(options: { readonly config?: string | undefined }): Promise<number> {
  const clock = systemClock;
  const origin = { file: options.config, env: process.env };
  const config = loadConfig(origin);
  const log = createPollerLog({ ...logSettings(config), poller: config.poller.name, clock });
  const foundation = layFoundation(config, log, clock);
  const onAccepted = (accepted: Config) => log.adjust(logSettings(accepted));
  const reload = new Reload({ origin, config, log, clock, onAccepted });
  const shutdown = shutdownSignals(() => reload.config.poller.shutdownTimeout, log);
  const service = serviceManager(process.env, log, clock);

  log.info('daemon.started', 'Polling Genesys Cloud', {
    streams: enabledStreams(config),
    schedule: config.poller.schedule,
    bus: config.eventBridge.bus,
    genesys: config.genesys.apiUrl,
  });
  const ended = new AbortController();
  const background = linkSignals(shutdown.stop, ended.signal);
  if (service) {
    void proveLogin(service, () => foundation.genesys(reload.config.genesys), clock, background.signal);
    shutdown.stop.addEventListener('abort', () => service.stopping(reload.config.poller.shutdownTimeout));
  }
  let exitCode = 0;
  let heartbeat: Heartbeat | undefined;
  void watchClock({ clock, log, signal: background.signal, onStep: () => heartbeat?.stepped() });
  try {
    while (!shutdown.stop.aborted) {
      reload.nextRound();
      await round();
    }
    log.info('daemon.stopped', 'Stopped; the next start goes on from the checkpoint');
    return exitCode;
  } finally {
    ended.abort(new Error('the daemon ends'));
    background.release();
    heartbeat?.stop();
    reload.close();
    foundation.close();
    await log.close(shutdown.abort);
    shutdown.release();
  }

  /** Polls by one configuration, until the next one or the end. */
  async function round(): Promise<void> {
    heartbeat = heartbeatOf(reload.config, log, clock);
    const handsOn = (stream: string) => !shutdown.stop.aborted && reload.goesOnWith(stream);
    const pulse = everyPulse(heartbeat, service);
    const { workers, close } = assemble({ config: reload.config, foundation, log, clock, pulse, handsOn });
    const ending = linkSignals(shutdown.stop, reload.replaced);
    const signals: CycleSignals = { stop: ending.signal, abort: shutdown.abort };
    const streams = workers.map(({ cycle }) => cycle.stream.name);
    heartbeat?.start(streams);
    service?.start(streams, freshForOf(reload.config));
    reload.replaced.addEventListener('abort', () => service?.reloading());
    const claim = (call: Call) => foundation.claim(reload.config.genesys, call);
    await claimPatiently({ claim, streams, clock, log, pulse, signal: ending.signal });
    const { isStuck } = await serveAll(workers, signals, shutdown.because);
    if (isStuck) exitCode = 1;
    ending.release();
    close();
  }
}

/** Whoever there is hears of every sign of life. */
function everyPulse(...pulses: readonly (Pulse | undefined)[]): Pulse {
  return {
    beat: (beat) => pulses.forEach((pulse) => void pulse?.beat(beat)),
    rest: (stream) => pulses.forEach((pulse) => void pulse?.rest(stream)),
  };
}
