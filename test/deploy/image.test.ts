import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { HISTORY, startServices } from '../../src/sandbox/services.ts';
import { sandboxConfig, sandboxEnvironment } from '../../src/sandbox/settings.ts';
import { cannotContain, runImage } from './support/bare-container.ts';
import { type Image, performDockerfile } from './support/dockerfile.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

if (!process.env.TEST_DEPLOY) {
  test.skip('the image is not built: that takes minutes, `npm run test:deploy`', (t) => t.pass());
} else {
  const scratch = mkdtempSync(join(tmpdir(), 'genesys-poller-image-'));
  let image: Image;

  test.before('the Dockerfile can be performed, step by step', async (t) => {
    t.timeout(600_000);
    image = await performDockerfile(
      readFileSync(join(PROJECT, 'deploy/container/Dockerfile'), 'utf8'),
      PROJECT,
      scratch,
    );
    t.pass();
  });
  test.after.always(() => rmSync(scratch, { recursive: true }));

  test.serial(
    'the image adds the bundled program to its base, its licences, its configuration, a few megabytes in all',
    (t) => {
      t.deepEqual(readdirSync(image.root).sort(), ['app', 'etc', 'run']);
      t.deepEqual(readdirSync(join(image.root, 'app')).sort(), [
        ...['LICENSE', 'THIRD-PARTY-LICENSES', 'dist', 'docs', 'package.json'],
      ]);
      const bytes = readdirSync(image.root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
      t.true(bytes < 5_000_000, `${bytes}`);
      t.is(
        statSync(join(image.root, 'run/genesys-poller')).mode & 0o777,
        0o775,
        'any user of group 0 can write the heartbeat',
      );
    },
  );

  if (cannotContain) {
    test.skip(`the image is not run: ${cannotContain}`, (t) => t.pass());
  } else {
    test.serial(
      'it runs as process 1, read-only, as nobody, without a shell: sets up, polls, is healthy, stops cleanly',
      async (t) => {
        t.timeout(120_000);
        const services = await startServices(1);
        t.teardown(services.close);
        const config = join(scratch, 'config.yaml');
        const heartbeatFile = '/run/genesys-poller/heartbeat';
        const settings = sandboxConfig(services.addresses, Date.now() - HISTORY) as { poller: object };
        writeFileSync(config, JSON.stringify({ ...settings, poller: { ...settings.poller, heartbeatFile } }));
        const env = sandboxEnvironment(services.addresses);

        const page = runImage(image, { config, env, command: ['help', 'configuration'] });
        t.is(await page.ended, 0);
        t.is(page.stdout, readFileSync(join(PROJECT, 'docs/configuration.md'), 'utf8'));

        const setup = runImage(image, { config, env, command: ['setup'] });
        t.is(await setup.ended, 0, setup.stdout);

        const poller = runImage(image, { config, env });
        while (!poller.stdout.includes('"event":"cycle.completed"')) await delay(100);
        t.like(poller.exec(image.healthCheck), { status: 0, stderr: '' });
        t.regex(poller.exec(image.healthCheck).stdout, /^(fresh|degraded): conversations /);
        t.regex(poller.exec(['/bin/sh', '-c', 'true']).stderr, /No such file/);
        const write = `require('node:fs').writeFileSync('/app/x', '')`;
        t.regex(poller.exec(['/nodejs/bin/node', '-e', write]).stderr, /EROFS/);
        const who = `console.log(process.getuid(), process.kill(1, 0))`;
        t.is(poller.exec(['/nodejs/bin/node', '-e', who]).stdout, '65532 true\n');

        poller.kill('SIGTERM');
        t.is(await poller.ended, 0);
        t.regex(poller.stdout.trimEnd().split('\n').at(-1) ?? '', /"event":"daemon.stopped"/);
        t.true(services.bus.arrived.length > 0);
      },
    );
  }
}
