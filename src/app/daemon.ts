import { arnOf } from '../aws/arn.ts';
import { regionOf } from '../aws/region-of.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { type ConfigOrigin, configFile } from '../config/origin.ts';
import type { PolledStream } from '../domain/streams.ts';
import { linkSignals } from '../lib/abort.ts';
import { CycleLog } from '../observability/cycle-log.ts';
import type { Heartbeat } from '../observability/heartbeat.ts';
import { createPollerLog } from '../observability/poller-log.ts';
import { releaseInherited, serveAll } from '../pipeline/worker.ts';
import type { Clock } from '../ports/clock.ts';
import { contextOf, type RequestContext } from '../ports/request-context.ts';
import type { CycleSignals } from '../ports/stream.ts';
import { everyObserver } from '../ports/stream-observer.ts';
import { watchClock } from '../schedule/clock-watch.ts';
import { openConnections } from './connections.ts';
import { freshForOf, heartbeatOf } from './liveness.ts';
import { logSettings } from './log-settings.ts';
import { awaitOwnership } from './ownership.ts';
import { composePipeline } from './pipeline.ts';
import { Reload } from './reload.ts';
import { proveLogin, serviceManager } from './service.ts';
import { shutdownSignals } from './shutdown.ts';
import { enabledStreams } from './streams.ts';

/**
 * Polls every enabled stream until SIGTERM or SIGINT, in rounds: each round has one configuration, and a
 * pipeline of its own over the same connections. Resolves to the exit code: 1 if work was stuck.
 */
export async function runDaemon(origin: ConfigOrigin, version: string, clock: Clock): Promise<number> {
  const config = loadConfig(origin);
  const log = createPollerLog({ ...logSettings(config), poller: config.poller.name, clock });
  const cycleLog = new CycleLog({ log, clock, namespace: () => log.namespace });
  const connections = openConnections(config, log, clock);
  const onAccepted = (accepted: Config) => {
    log.adjust(logSettings(accepted));
    connections.aws.renew();
  };
  const reload = new Reload({ origin, config, log, clock, onAccepted });
  const shutdown = shutdownSignals(() => reload.config.poller.shutdownTimeout, log);
  const service = serviceManager(origin.env, log, clock);

  log.info('daemon.started', 'Polling Genesys Cloud', {
    version,
    node: process.versions.node,
    configFile: configFile(origin),
    awsRegion: await regionOf(connections.aws.dynamoDb, clock),
    // No AWS call is made to find it.
    awsAccount: origin.env.AWS_ACCOUNT_ID || arnOf(config.eventBridge.bus)?.account,
    streams: enabledStreams(config),
    schedule: config.poller.schedule,
    bus: config.eventBridge.bus,
    genesys: config.genesys.apiUrl,
  });
  const ended = new AbortController();
  const background = linkSignals(shutdown.stop, ended.signal);
  if (service) {
    void proveLogin(service, () => connections.genesys(reload.config.genesys), clock, background.signal);
    shutdown.stop.addEventListener('abort', () => service.stopping(reload.config.poller.shutdownTimeout));
  }
  let exitCode = 0;
  let heartbeat: Heartbeat | undefined;
  void watchClock({ clock, log, signal: background.signal, onStep: () => heartbeat?.stepped() });
  try {
    for (let round = 1; !shutdown.stop.aborted; round++) {
      reload.nextRound();
      await pollRound(round > 1);
    }
    log.info('daemon.stopped', 'Stopped; the next start goes on from the checkpoint');
    return exitCode;
  } finally {
    ended.abort(new Error('the daemon ends'));
    background.release();
    heartbeat?.stop();
    reload.close();
    connections.close();
    await log.close(shutdown.abort);
    shutdown.release();
  }

  /** Polls by one configuration, until the next one or the end. */
  async function pollRound(isReload: boolean): Promise<void> {
    heartbeat = heartbeatOf(reload.config, log, clock, heartbeat);
    const keepsLease = (stream: PolledStream) => !shutdown.stop.aborted && reload.keepsStream(stream);
    const observer = everyObserver(cycleLog, heartbeat, service);
    const { workers, close } = composePipeline({
      config: reload.config,
      connections,
      log,
      clock,
      version,
      observer,
      keepsLease,
      isReload,
    });
    const ending = linkSignals(shutdown.stop, reload.replaced);
    const signals: CycleSignals = { stop: ending.signal, abort: shutdown.abort };
    const streams = workers.map(({ cycle }) => cycle.stream.name);
    heartbeat?.start(streams);
    service?.start(streams, freshForOf(reload.config));
    reload.replaced.addEventListener('abort', () => service?.reloading());
    const assertOwnership = (context: RequestContext) => connections.assertOwnership(reload.config.genesys, context);
    try {
      await awaitOwnership({ assertOwnership, streams, clock, observer, signal: ending.signal, isReload });
      const { isStuck } = await serveAll(workers, signals, shutdown.stopFor);
      if (isStuck) exitCode = 1;
    } finally {
      await releaseInherited(workers, contextOf(shutdown.abort));
      ending.release();
      close();
    }
  }
}
