import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { cannotMake, makeDeb, makeRpm, standalone } from '../../scripts/package/linux-packages.ts';
import { stageNpmPackage } from '../../scripts/package/npm-package.ts';
import { readManifest } from '../../scripts/package/project.ts';
import { ARCHITECTURES, fetchRuntime } from '../../scripts/package/runtime.ts';
import { systemClock } from '../../src/lib/system-clock.ts';
import { bootBareHost } from './support/bare-host.ts';
import { bareRoot, cannotDebootstrap } from './support/bare-root.ts';
import { cannotNest } from './support/nested-systemd.ts';

const ETC = '/etc/genesys-poller';
const NAME = 'genesys-poller-standalone';

/** How a package manager is called, and what it leaves of a configuration file that was edited. */
interface Manager {
  readonly kind: 'deb' | 'rpm';
  readonly make: typeof makeDeb;
  readonly install: readonly [string, ...string[]];
  readonly upgrade: readonly [string, ...string[]];
  readonly remove: readonly [string, ...string[]];
  readonly kept: string;
  /** Whether the service is to be started at boot right after installation. */
  readonly enabled: 'enabled' | 'disabled';
}

const DEB: Manager = {
  ...{ kind: 'deb', make: makeDeb, install: ['dpkg', '-i'], upgrade: ['dpkg', '-i'], remove: ['dpkg', '-r', NAME] },
  ...{ kept: `${ETC}/client-secret`, enabled: 'disabled' },
};
const RPM: Manager = {
  // Debian's rpm needs a flag that says it is meant, and knows nothing of what dpkg has installed.
  ...{ kind: 'rpm', make: makeRpm, install: ['rpm', '--force-debian', '--nodeps', '-i'] },
  ...{ upgrade: ['rpm', '--force-debian', '--nodeps', '-U'], remove: ['rpm', '--force-debian', '-e', NAME] },
  kept: `${ETC}/client-secret.rpmsave`,
  // As the presets of the distribution say, which Red Hat's convention leaves it to: Red Hat's disable,
  // Debian's enable.
  enabled: 'enabled',
};

const DOCS = '/usr/share/doc/genesys-poller/docs';

/** What each shell makes of the file that it finds by itself. */
const COMPLETED = [
  [
    'bash',
    `. /usr/share/bash-completion/bash_completion; _completion_loader genesys-poller
     COMP_WORDS=(genesys-poller dead-letters re); COMP_CWORD=2; _genesys_poller; echo "\${COMPREPLY[@]}"`,
    /^redrive\n$/,
  ],
  ['zsh', 'autoload -U compinit; compinit -u -D; echo $_comps[genesys-poller]', /^_genesys-poller\n$/],
  ['fish', `complete -C 'genesys-poller dead-letters re'`, /^redrive\t/],
] as const;

/**
 * A drop-in for secrets or credentials, tried with a stand-in for the program it calls that prints what the
 * program would.
 */
interface Recipe {
  readonly dropIn: string;
  readonly program: string;
  readonly script: string;
  /** Takes away what the recipe is to bring, and adds what it needs. */
  readonly change: (files: Record<string, string>) => void;
}

const RECIPES: readonly Recipe[] = [
  {
    dropIn: 'roles-anywhere.conf',
    program: '/usr/local/bin/aws_signing_helper',
    script: `grep -q certificate "$3" && grep -q key "$5" &&
      echo '{"Version":1,"AccessKeyId":"sandbox","SecretAccessKey":"sandbox","SessionToken":"sandbox"}'`,
    change: (files) => {
      files.environment = (files.environment ?? '').replace(/^AWS_(ACCESS|SECRET)_.*\n/gm, '');
      const held = '$CREDENTIALS_DIRECTORY/aws';
      files['aws-config'] =
        `[default]\ncredential_process = /usr/local/bin/aws_signing_helper credential-process --certificate ${held}-certificate --private-key ${held}-private-key\n`;
      files['aws-certificate.pem'] = 'certificate\n';
      files['aws-private-key.pem'] = 'key\n';
    },
  },
  {
    dropIn: 'secrets-manager.conf',
    program: '/usr/bin/aws',
    script:
      '[ "$1 $2 $4" = "secretsmanager get-secret-value genesys-poller/client-secret" ] && cat /srv/packages/secret',
    change: (files) => {
      files['client-secret'] = '';
    },
  },
];

const cannot = cannotNest ?? cannotDebootstrap ?? cannotMake('deb') ?? cannotMake('rpm');
if (!process.env.TEST_DEPLOY) {
  test.skip('packages are not installed: that takes minutes, `npm run test:deploy`', (t) => t.pass());
} else if (cannot) {
  test.skip(`packages are not installed: ${cannot}`, (t) => t.pass());
} else {
  const scratch = mkdtempSync(join(tmpdir(), 'genesys-poller-linux-'));
  const packages = join(scratch, 'packages');
  const made = new Map<string, string>();
  const fileOf = ({ kind }: Manager, version: string) => `/srv/packages/${made.get(`${kind} ${version}`)}`;
  test.after.always(() => rmSync(scratch, { recursive: true }));

  test.before('a version and the next are packed, with the Node of the registry', async (t) => {
    t.timeout(1_200_000);
    const staged = join(scratch, 'npm');
    for (const folder of [staged, packages]) mkdirSync(folder);
    await stageNpmPackage(staged);
    const architecture = ARCHITECTURES.find(({ node }) => node === process.arch);
    if (!architecture) throw new Error(`there is no package for ${process.arch}`);
    const variant = standalone(fetchRuntime(architecture, join(scratch, 'runtime')), architecture);
    for (const { kind, make } of [DEB, RPM]) {
      for (const version of ['0.1.0', '0.2.0']) {
        const manifest = { ...readManifest(), version };
        writeFileSync(join(staged, 'package.json'), JSON.stringify({ ...manifest, type: 'module' }));
        made.set(`${kind} ${version}`, make(variant, manifest, { staged, scratch, out: packages }));
      }
    }
    bareRoot('bookworm');
  });

  for (const manager of [DEB, RPM]) {
    test.serial(
      `on a bare host the .${manager.kind} alone brings a service that runs; an upgrade restarts it, removal stops it, both keep its configuration`,
      async (t) => {
        t.timeout(600_000);
        const host = await bootBareHost(t, packages, join(scratch, `host-${manager.kind}`));
        const { machine, services, succeeds } = host;
        t.not(machine.run('sh', '-c', 'command -v node').status, 0, 'the host has no Node of its own');

        await succeeds(...manager.install, fileOf(manager, '0.1.0'));
        t.is(await succeeds('genesys-poller', '--version'), '0.1.0\n');
        for (const [shell, ask, answer] of COMPLETED) t.regex(await succeeds(shell, '-c', ask), answer, shell);
        t.is(await succeeds('man', '-w', 'genesys-poller'), '/usr/share/man/man1/genesys-poller.1.gz\n');
        t.is(await succeeds('genesys-poller', 'help', 'install'), await succeeds('cat', `${DOCS}/install.md`));
        t.like(machine.show('ActiveState', 'UnitFileState', 'LoadState'), {
          ...{ ActiveState: 'inactive', UnitFileState: manager.enabled, LoadState: 'loaded' },
        });
        const modes = () => succeeds('stat', '--format=%a %U', `${ETC}/client-secret`);
        t.is(await modes(), '600 root\n');

        await host.configure();
        await succeeds('systemctl', 'enable', '--now', 'genesys-poller');
        t.is(machine.show('ActiveState').ActiveState, 'active');
        while (services.bus.arrived.length === 0) await systemClock.sleep(100);
        const secret = await succeeds('cat', `${ETC}/client-secret`);

        const { MainPID: before } = machine.show('MainPID');
        await succeeds(...manager.upgrade, fileOf(manager, '0.2.0'));
        // The package manager does not wait for the restart.
        while (machine.show('MainPID').MainPID === before) await systemClock.sleep(100);
        await machine.until('active');
        t.is(await succeeds('genesys-poller', '--version'), '0.2.0\n');
        t.is(await succeeds('cat', `${ETC}/client-secret`), secret);
        t.is(await modes(), '600 root\n');

        await succeeds(...manager.remove);
        t.like(machine.show('ActiveState', 'LoadState'), { ActiveState: 'inactive', LoadState: 'not-found' });
        t.is(await succeeds('cat', manager.kept), secret);
        t.not(machine.run('sh', '-c', 'command -v genesys-poller').status, 0);
        if (manager === DEB) {
          await succeeds('dpkg', '-P', NAME);
          const left = ['/etc', '/usr', '-name', 'genesys-poller*', '-not', '-name', '*.service.d'];
          t.is(await succeeds('find', ...left), '', 'purged, it leaves nothing');
        }
      },
    );
  }

  for (const { dropIn, program, script, change } of RECIPES) {
    test.serial(`with the drop-in ${dropIn} the service gets in, by what the program it calls prints`, async (t) => {
      t.timeout(300_000);
      const host = await bootBareHost(t, packages, join(scratch, `host-${dropIn}`));
      const { machine, services, succeeds } = host;
      await succeeds(...DEB.install, fileOf(DEB, '0.1.0'));
      await host.configure((files) => {
        writeFileSync(join(packages, 'secret'), files['client-secret'] ?? '');
        change(files);
      });
      writeFileSync(join(packages, 'stand-in'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      await succeeds('cp', '/srv/packages/stand-in', program);
      const dropIns = '/usr/lib/genesys-poller/systemd/drop-ins';
      await succeeds('cp', `${dropIns}/${dropIn}`, '/etc/systemd/system/genesys-poller.service.d/');
      await succeeds('systemctl', 'daemon-reload');
      await succeeds('systemctl', '--no-block', 'start', 'genesys-poller');
      await machine.until('active');
      while (services.bus.arrived.length === 0) await systemClock.sleep(100);
      t.pass();
    });
  }

  for (const suite of ['bookworm', 'forky'] as const) {
    test.serial(
      `with the drop-in refresh-credentials.conf and the systemd of ${suite}, a reload brings in a new client secret`,
      async (t) => {
        t.timeout(600_000);
        const host = await bootBareHost(t, packages, join(scratch, `host-${suite}`), suite);
        const { machine, succeeds } = host;
        await succeeds(...DEB.install, fileOf(DEB, '0.1.0'));
        await host.configure();
        const dropIn = '/usr/lib/genesys-poller/systemd/drop-ins/refresh-credentials.conf';
        await succeeds('cp', dropIn, '/etc/systemd/system/genesys-poller.service.d/');
        await succeeds('systemctl', 'daemon-reload');
        await succeeds('systemctl', '--no-block', 'start', 'genesys-poller');
        await machine.until('active');
        const log = () => succeeds('cat', '/var/log/genesys-poller.log');
        /**
         * Replaces the secret and reloads. Resolves to the first line of an event that the poller logs after
         * that.
         */
        const replace = async (secret: string, event: string): Promise<Record<string, unknown>> => {
          const before = (await log()).length;
          await succeeds('sh', '-c', `echo '${secret}' > ${ETC}/client-secret`);
          await succeeds('systemctl', 'reload', 'genesys-poller');
          for (;;) {
            const lines = (await log()).slice(before).split('\n');
            const found = lines.find((line) => line.includes(`"event":"${event}"`));
            if (found) return JSON.parse(found);
            await systemClock.sleep(200);
          }
        };
        const { MainPID: first } = machine.show('MainPID');
        const right = (await succeeds('cat', `${ETC}/client-secret`)).trim();
        t.deepEqual((await replace('another-secret', 'config.reloaded')).changed, ['genesys.clientSecret']);
        t.deepEqual((await replace(right, 'config.reloaded')).changed, ['genesys.clientSecret']);
        t.is((await replace('another-secret', 'cycle.failed')).code, 'genesys.credentials');
        await replace(right, 'cycle.completed');
        t.is(machine.show('MainPID').MainPID, first, 'it is the same process');
      },
    );
  }
}
