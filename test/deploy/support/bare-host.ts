import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { setUp } from '../../../src/aws/setup.ts';
import { targetBus } from '../../../src/aws/sink.ts';
import { systemClock } from '../../../src/lib/system-clock.ts';
import { HISTORY, type Services, startServices } from '../../../src/sandbox/services.ts';
import { sandboxConfig, sandboxEnvironment } from '../../../src/sandbox/settings.ts';
import { localClients } from '../../support/aws.ts';
import { bareRoot, type Suite } from './bare-root.ts';
import { type NestedSystemd, startMachine, writeEtc } from './nested-systemd.ts';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

/** A bare host with its own systemd, and a simulated Genesys and AWS that it reaches. */
export interface BareHost {
  readonly machine: NestedSystemd;
  readonly services: Services;
  /** Runs something on it as root, which has to succeed. Resolves to what it prints. */
  succeeds(program: string, ...args: readonly string[]): Promise<string>;
  /**
   * Writes files of /etc/genesys-poller that fit the simulated services, as an operator's editor does: modes
   * stay.
   */
  configure(change?: (files: Record<string, string>) => void): Promise<void>;
}

/** Boots a bare host. `folder` is empty, and what is in its folder `packages` is there in /srv/packages. */
export async function bootBareHost(
  t: ExecutionContext,
  packages: string,
  folder: string,
  suite: Suite = 'bookworm',
): Promise<BareHost> {
  const services = await startServices(1);
  t.teardown(services.close);
  const clients = localClients(services.addresses);
  t.teardown(clients.close);
  const eventBridge = { busType: 'classic', bus: 'genesys-outbound-events', maxRequestBytes: 262_144 } as const;
  await setUp({
    ...{ clients, stateTable: 'GenesysPollerState', dedupTable: 'GenesysEventDedup', dryRun: false },
    ...{ bus: targetBus(eventBridge, clients, systemClock), clock: systemClock, signal: new AbortController().signal },
  });
  mkdirSync(folder);
  const machine = startMachine(PROJECT, bareRoot(suite), packages, folder);
  t.teardown(machine.close);
  await machine.until('inactive');
  const succeeds: BareHost['succeeds'] = async (program, ...args) => {
    const { status, stdout, stderr } = await machine.call(program, ...args);
    t.is(status, 0, `${[program, ...args].join(' ')}\n${stdout}${stderr}`);
    return stdout;
  };
  return {
    machine,
    services,
    succeeds,
    async configure(change) {
      const { GENESYS_CLIENT_ID, GENESYS_CLIENT_SECRET, ...environment } = sandboxEnvironment(services.addresses);
      const files = {
        'genesys-poller.yaml': JSON.stringify(sandboxConfig(services.addresses, Date.now() - HISTORY)),
        environment: Object.entries(environment)
          .map(([name, value]) => `${name}=${value}\n`)
          .join(''),
        'client-id': `${GENESYS_CLIENT_ID}\n`,
        'client-secret': `${GENESYS_CLIENT_SECRET}\n`,
      };
      change?.(files);
      const written = join(packages, 'etc');
      mkdirSync(written, { recursive: true });
      writeEtc(written, files);
      for (const name of Object.keys(files)) {
        await succeeds('sh', '-c', `cat /srv/packages/etc/${name} > /etc/genesys-poller/${name}`);
      }
    },
  };
}
