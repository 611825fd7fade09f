import { messageOf } from '../domain/failure.ts';
import { PAUSES } from '../domain/retry-policy.ts';
import type { GenesysClient } from '../genesys/client.ts';
import { untilSucceeded } from '../lib/retry.ts';
import { ServiceManager } from '../observability/service-manager.ts';
import { systemdNotifier, watchdogWanted } from '../observability/systemd-notify.ts';
import { GRACE_MS } from '../pipeline/watchdog.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { contextOf } from '../ports/request-context.ts';

/**
 * How long a poller may take to recover from a hang by itself, milliseconds: cancelled work gets its grace,
 * and the release of the lease two writes of three attempts each, of which none is answered. By then the
 * stream has given a sign of life, or the poller has told systemd that it stops.
 */
export const RECOVERY_MS = GRACE_MS + 60_000;

/** What tells systemd how this process is; undefined where it was not started by systemd. */
export function serviceManager(env: NodeJS.ProcessEnv, log: Log, clock: Clock): ServiceManager | undefined {
  const notifier = systemdNotifier({ env, log });
  const watchdog = watchdogWanted(env, process.pid);
  return notifier && new ServiceManager({ notifier, clock, watchdog, recoveryMs: RECOVERY_MS });
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
  const login = async () => {
    await genesys().now(contextOf(signal));
    service.loggedIn();
  };
  const onFailure = (error: unknown) => service.loginFailed(messageOf(error));
  await untilSucceeded(login, { backoff: PAUSES.outage, clock, signal, onFailure });
}
