import { readFileSync } from 'node:fs';
import test from 'ava';
import { parse } from 'yaml';
import { refusalsOf } from '../../scripts/package/release.ts';

const PROJECT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, PROJECT), 'utf8');
const manifest = JSON.parse(read('package.json'));

const FIT = {
  ...{ version: '1.2.3', homepage: 'https://example.com', bugs: 'https://example.com/bugs' },
  repository: 'github:example/example',
};
const DATED = '# Changelog\n\n## 1.2.3 (2026-11-29)\n\n- All new.\n';

test('a checkout that is complete, dated and committed may be released', (t) => {
  t.deepEqual(refusalsOf(FIT, DATED, ''), []);
});

test('what the publisher has to fill in is asked for, each by its name', (t) => {
  for (const name of ['repository', 'homepage', 'bugs']) {
    for (const value of [undefined, '']) {
      t.deepEqual(refusalsOf({ ...FIT, [name]: value }, DATED, ''), [
        `package.json has no "${name}"; fill it in, then release`,
      ]);
    }
  }
});

test('a release has a date in the changelog', (t) => {
  for (const heading of ['## 1.2.3 (unreleased)', '## 1.2.3', '## 1.2.30 (2026-11-29)', '## 1.2.4 (2026-11-29)']) {
    t.deepEqual(refusalsOf(FIT, heading, ''), ['CHANGELOG.md has no heading "## 1.2.3 (YYYY-MM-DD)"'], heading);
  }
});

test('what is not committed would not be what the tag names', (t) => {
  t.deepEqual(refusalsOf(FIT, DATED, ' M src/main.ts\n'), ['not committed:\n M src/main.ts']);
});

test('the changelog dates the version at hand', (t) => {
  t.deepEqual(refusalsOf({ ...FIT, version: manifest.version }, read('CHANGELOG.md'), ''), []);
});

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Job {
  readonly needs?: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

const workflow = parse(read('.github/workflows/release.yml')) as {
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
};
const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

test('the workflow calls others at a commit, and scripts that exist', (t) => {
  for (const { uses } of steps) if (uses) t.regex(uses, /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  const scripts = steps.flatMap(({ run = '' }) => [...run.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name ?? ''));
  t.true(scripts.includes('package'));
  for (const name of scripts) t.true(name in manifest.scripts, name);
});

test('nothing is published that the tests have not passed, and each job may do what it needs', (t) => {
  t.deepEqual(workflow.permissions, {});
  t.deepEqual(
    Object.entries(workflow.jobs).map(([name, { needs }]) => [name, needs]),
    [
      ['test', undefined],
      ['packages', 'test'],
      ['image', 'packages'],
    ],
  );
  t.deepEqual(workflow.jobs.test?.permissions, { contents: 'read' });
});

test('packages and image are attested and signed before they can be got', (t) => {
  const order = (job: string, pattern: RegExp) =>
    workflow.jobs[job]?.steps.findIndex(({ uses = '', run = '' }) => pattern.test(uses + run)) ?? -1;
  const publish = order('packages', /^npm publish --provenance/);
  for (const before of [/npm run package -- --release$/, /attest-build-provenance/, /^cosign sign-blob/]) {
    t.true(order('packages', before) >= 0 && order('packages', before) < publish, String(before));
  }
  for (const step of [/^docker\/build-push-action/, /attest-build-provenance/, /^cosign sign --yes/]) {
    t.true(order('image', step) >= 0, String(step));
  }
});
