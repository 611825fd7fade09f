import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { commandBlocks, PAGES } from '../docs/support/commands.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { setStage } from '../support/stage.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const CONFIGURATION = 'genesys-poller.yaml';

/** Pages with blocks that are run, one after the other as a reader would. */
const run = PAGES.map((page) => ({ page, blocks: commandBlocks(page).filter(({ notRun }) => notRun === undefined) }));

for (const { page, blocks } of run.filter(({ blocks }) => blocks.length > 0)) {
  // One after the other: the services of all pages at once would share this one process.
  test.serial(`what ${page} tells to type works as it stands, against services on this machine`, async (t) => {
    const stage = await setStage({ world: { historyPerMinute: 0.1 } });
    // The embedded database cannot switch TTL on, so the proxy says that it is.
    const tables = await startFaultProxy(stage.dynamoDb);
    const ttl = { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' } };
    tables.whenever('DescribeTimeToLive', { kind: 'change', change: () => ttl });
    const environment = { ...stage.environment, AWS_ENDPOINT_URL_DYNAMODB: tables.url };
    const folder = await mkdtemp(join(tmpdir(), 'genesys-poller-documents-'));
    t.teardown(() => rm(folder, { recursive: true }));
    t.teardown(async () => {
      await tables.close();
      await stage.close();
    });
    for (const name of ['dist', 'config', 'deploy', 'systemd']) await symlink(join(PROJECT, name), join(folder, name));
    await mkdir(join(folder, 'bin'));
    const command = `#!/bin/sh\nexec "${process.execPath}" "${PROJECT}dist/main.js" "$@"\n`;
    await writeFile(join(folder, 'bin/genesys-poller'), command, { mode: 0o755 });
    // What a reader of the later pages has already: tables, a bus, and a log.
    if (page !== 'README.md') {
      t.is((await stage.run(['setup'], environment)).code, 0);
      const once = await stage.run(['once'], environment);
      t.is(once.code, 0, once.stdout);
      await writeFile(join(folder, 'poller.log'), once.stdout);
    }
    // The reader's own edits: the addresses of the services in the configuration, and credentials, which no
    // page can know.
    const edit = `cp '${stage.configFile}' ${CONFIGURATION}; export GENESYS_CLIENT_ID='${stage.environment.GENESYS_CLIENT_ID}'`;
    await copyFile(stage.configFile, join(folder, CONFIGURATION));
    const script = ['set -euo pipefail', ...blocks.flatMap(({ script }) => [script, edit])].join('\n');
    const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', script], {
      cwd: folder,
      env: {
        ...environment,
        PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
        GENESYS_POLLER_CONFIG: CONFIGURATION,
      },
      maxBuffer: 64 * 1024 * 1024,
    });
    t.true(stdout.length > 0);
  });
}

test('there is something to run on the pages for a first start, for operation and for consumers', (t) => {
  const pages = run.filter(({ blocks }) => blocks.length > 0).map(({ page }) => page);
  for (const page of ['README.md', 'docs/install.md', 'docs/operations.md', 'docs/events.md']) {
    t.true(pages.includes(page), page);
  }
});
