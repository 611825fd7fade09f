import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { setUp } from '../../src/aws/setup.ts';
import { targetBus } from '../../src/aws/sink.ts';
import { systemClock } from '../../src/lib/system-clock.ts';
import { HISTORY, startServices } from '../../src/sandbox/services.ts';
import { sandboxConfig, sandboxEnvironment } from '../../src/sandbox/settings.ts';
import { localClients } from '../support/aws.ts';
import { cannotNest, startSystemd, writeEtc } from './support/nested-systemd.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

if (!process.env.TEST_DEPLOY) {
  test.skip('the unit is not run by a systemd: `npm run test:deploy`', (t) => t.pass());
} else if (cannotNest) {
  test.skip(`the unit is not run by a systemd: ${cannotNest}`, (t) => t.pass());
} else {
  test('a real systemd runs the unit as it is: ready, harmless, reloaded, restarted, and left alone with an invalid configuration', async (t) => {
    t.timeout(240_000);
    const services = await startServices(1);
    t.teardown(services.close);
    const clients = localClients(services.addresses);
    t.teardown(clients.close);
    const tables = {
      stateTable: 'GenesysPollerState',
      dedupTable: 'GenesysEventDedup',
    };
    const eventBridge = { busType: 'classic', bus: 'genesys-outbound-events', maxRequestBytes: 262_144 } as const;
    const bus = targetBus(eventBridge, clients, systemClock);
    await setUp({ clients, ...tables, bus, dryRun: false, clock: systemClock, signal: new AbortController().signal });

    const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-systemd-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const [etc, scratch] = [join(folder, 'etc'), join(folder, 'machine')];
    for (const one of [etc, scratch]) mkdirSync(one);
    const {
      GENESYS_CLIENT_ID = '',
      GENESYS_CLIENT_SECRET = '',
      AWS_ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY,
      ...environment
    } = sandboxEnvironment(services.addresses);
    const heartbeatFile = '/run/genesys-poller/heartbeat';
    const config = sandboxConfig(services.addresses, Date.now() - HISTORY) as { poller: object };
    writeEtc(etc, {
      'genesys-poller.yaml': JSON.stringify({ ...config, poller: { ...config.poller, heartbeatFile } }),
      environment: Object.entries(environment)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
      'client-id': `${GENESYS_CLIENT_ID}\n`,
      'client-secret': `${GENESYS_CLIENT_SECRET}\n`,
      'aws-credentials': `[default]\naws_access_key_id = ${AWS_ACCESS_KEY_ID}\naws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}\n`,
    });

    const systemd = startSystemd(PROJECT, etc, scratch);
    t.teardown(systemd.close);
    await systemd.until('active');
    const { StatusText = '', WatchdogUSec = '', MainPID = '' } = systemd.show('StatusText', 'WatchdogUSec', 'MainPID');
    t.regex(StatusText, /^conversations (polled|starting)/);
    t.regex(WatchdogUSec, /^(1[89]|2[01])min/, 'set by the poller, not the 5 minutes of the unit');
    const process = systemd.run('cat', `/proc/${MainPID}/status`).stdout;
    t.regex(process, /^Uid:\s+[1-9]\d{4,}\s/m);
    t.regex(process, /^CapEff:\s+0+$/m);
    t.regex(process, /^CapBnd:\s+0+$/m);
    t.regex(process, /^NoNewPrivs:\s+1$/m);
    t.regex(process, /^Seccomp:\s+2$/m);

    const log = () => systemd.run('cat', '/var/log/genesys-poller.log').stdout;
    t.regex(log(), /✓ the login with client credentials/, 'the preflight has looked');
    t.regex(log(), /✓ AWS region and credentials/, 'the access key is where the drop-in says');
    while (services.bus.arrived.length === 0) await systemClock.sleep(100);
    const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
    const health = ['/usr/bin/node', '/opt/genesys-poller/bin/genesys-poller', 'health', '--file', heartbeatFile];
    const { stdout, stderr } = systemd.run('setpriv', ...asNobody, ...health);
    t.regex(stdout, /^fresh: conversations /, stderr);
    t.is(systemd.run('systemctl', 'reload', 'genesys-poller').status, 0, log().slice(-2_000));
    while (!log().includes('"event":"config.reloaded"')) await systemClock.sleep(100);

    systemd.run('systemctl', 'kill', '--signal=KILL', 'genesys-poller');
    await systemd.until('activating');
    await systemd.until('active');
    t.is(systemd.show('NRestarts').NRestarts, '1');

    t.is(systemd.run('systemctl', 'stop', 'genesys-poller').status, 0);
    t.deepEqual(systemd.show('Result', 'ExecMainStatus'), { Result: 'success', ExecMainStatus: '0' });

    systemd.run('sh', '-c', `echo '{"poller": {"intervall": "1s"}}' > /etc/genesys-poller/genesys-poller.yaml`);
    t.not(systemd.run('systemctl', 'start', 'genesys-poller').status, 0);
    await systemd.until('failed');
    // Longer than RestartSec.
    await systemClock.sleep(7_000);
    t.deepEqual(systemd.show('ActiveState', 'ExecMainStatus', 'NRestarts'), {
      ...{ ActiveState: 'failed', ExecMainStatus: '78', NRestarts: '0' },
    });
  });
}
