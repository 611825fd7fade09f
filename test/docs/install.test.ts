import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { PLAIN } from '../../scripts/package/linux-packages.ts';

const PROJECT = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/install.md', PROJECT), 'utf8');
const unit = readFileSync(new URL('systemd/genesys-poller.service', PROJECT), 'utf8');
/** Commands, continued lines joined. */
const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
  block
    .replace(/\\\n\s*/g, '')
    .trim()
    .split('\n'),
);

test('every unit, drop-in and template that is shipped is named by a page for operators', (t) => {
  const pages = page + readFileSync(new URL('docs/operations.md', PROJECT), 'utf8');
  const folders = [
    'systemd',
    'systemd/drop-ins',
    'deploy/aws',
    'deploy/container',
    'deploy/grafana',
    'deploy/kubernetes',
  ];
  const shipped = folders.flatMap((folder) =>
    readdirSync(new URL(folder, PROJECT), { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.dockerignore'))
      .map(({ name }) => `${folder}/${name}`),
  );
  t.deepEqual(
    shipped.filter((path) => !pages.includes(path)),
    [],
  );
});

test('what is installed for systemd is where the unit looks for it', (t) => {
  const [, prefix] = /npm install --global --prefix (\S+)/.exec(page) ?? [];
  t.true(unit.includes(`${prefix}/bin/genesys-poller `));
  const installed = commands
    .filter((command) => command.startsWith('install '))
    .map((command) => command.split(' ').at(-1) ?? '');
  const needed = [...unit.matchAll(/(\/etc\/genesys-poller\/[\w.-]+)/g)].map(([, path = '']) => path);
  t.deepEqual(
    [...new Set(needed)].filter((path) => !installed.includes(path)),
    [],
  );
});

test('the commands install the packages by their names', (t) => {
  const { name, version } = JSON.parse(readFileSync(new URL('package.json', PROJECT), 'utf8'));
  for (const file of [
    `${name}-${version}.tgz`,
    `${PLAIN.name}_${version}_all.deb`,
    `${PLAIN.other}_${version}_amd64.deb`,
  ]) {
    t.true(page.includes(file), file);
  }
  for (const command of commands.filter((one) => /^(npm|apt|dnf) install/.test(one))) {
    t.true(command.split(' ').at(-1)?.startsWith('./'), `${command}: from a file; nothing is published`);
  }
});

test('the parameters of the templates that are named exist', (t) => {
  for (const command of commands.filter((one) => one.startsWith('aws cloudformation'))) {
    const [, path = ''] = /--template-file (\S+)/.exec(command) ?? [];
    const template = readFileSync(new URL(path, PROJECT), 'utf8');
    for (const [, name] of command.matchAll(/ (\w+)=/g)) t.true(template.includes(`\n  ${name}:\n`), name);
  }
});
