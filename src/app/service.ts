import { messageOf } from '../domain/failure.ts';
import { backoffDelay, PAUSES } from '../domain/retry-policy.ts';
import type { GenesysClient } from '../genesys/client.ts';
import { ServiceManager } from '../observability/service-manager.ts';
import { systemdNotifier, watchdogWanted } from '../observability/systemd-notify.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** What tells systemd how this process is; undefined where it was not started by systemd. */
export function serviceManager(env: NodeJS.ProcessEnv, log: Log, clock: Clock): ServiceManager | undefined {
  const notifier = systemdNotifier({ env, log });
  return notifier && new ServiceManager({ notifier, clock, watchdog: watchdogWanted(env, process.pid) });
}

/**
 * Logs in to Genesys until it has succeeded once, and tells the service manager: a standby asks Genesys for
 * nothing, and would learn of a wrong secret only when it takes over. The streams log what goes wrong.
 * `genesys` is the current client.
 */
export async function proveLogin(
  service: Pick<ServiceManager, 'loggedIn' | 'loginFailed'>,
  genesys: () => GenesysClient,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      await genesys().now({ signal, count: () => undefined });
      return service.loggedIn();
    } catch (error) {
      if (signal.aborted) return;
      service.loginFailed(messageOf(error));
    }
    await clock.sleep(backoffDelay(failures, PAUSES.outage, clock.random()), signal).catch(() => undefined);
  }
}
