import { existsSync, readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { PLAIN } from '../../scripts/package/linux-packages.ts';
import { createProgram } from '../../src/cli/program.ts';

const PROJECT = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/install.md', PROJECT), 'utf8');
const unit = readFileSync(new URL('systemd/genesys-poller.service', PROJECT), 'utf8');
/** Commands, continued lines joined. */
const commands = page
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line.startsWith('    '))
  .map((line) => line.trim());

test('every file that is named exists, and every unit, drop-in and template is named', (t) => {
  const linked = [...page.matchAll(/\]\((?:\.\.\/)?([\w./@-]+)/g)].map(([, path = '']) =>
    path.includes('/') ? path : `docs/${path}`,
  );
  t.deepEqual(
    linked.filter((path) => !existsSync(new URL(path, PROJECT))),
    [],
  );
  const shipped = ['systemd', 'systemd/drop-ins', 'deploy/aws', 'deploy/kubernetes'].flatMap((folder) =>
    readdirSync(new URL(folder, PROJECT), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => `${folder}/${name}`),
  );
  t.deepEqual(
    shipped.filter((path) => !page.includes(path)),
    [],
  );
});

test('every command of the program that is named exists', (t) => {
  const known = createProgram('0', () => undefined).commands.map((command) => command.name());
  const named = [...page.matchAll(/`genesys-poller ([a-z-]+)/g)].map(([, name = '']) => name);
  t.true(named.length > 2);
  for (const name of named) t.true(known.includes(name), name);
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

test('what needs an AWS account or a container engine is marked as such', (t) => {
  const sections = page.split(/\n(?= {4}\S)/);
  for (const [index, section] of sections.entries()) {
    if (/^ {4}(aws|docker|kubectl) /.test(section) && !/^ {4}(aws|docker|kubectl) /.test(sections[index - 1] ?? '')) {
      t.true(sections[index - 1]?.trimEnd().endsWith('☁'), section.slice(0, 60));
    }
  }
});

test('what is told to be installed is what the packages are called', (t) => {
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
