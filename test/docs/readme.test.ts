import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import test from 'ava';
import { configReference } from '../../src/config/reference.ts';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const readme = await read('README.md');
const configuration = await read('docs/configuration.md');
const install = await read('docs/install.md');
const manifest = JSON.parse(await read('package.json'));

function block(page: string, name: string): string {
  return new RegExp(`<!-- ${name} -->([^]*?)<!-- /${name} -->`).exec(page)?.[1] ?? '';
}
function json(page: string, name: string) {
  return JSON.parse(block(page, name).replace(/```(json)?/g, ''));
}

test('the configuration table is the schema, row by row', (t) => {
  t.is(block(configuration, 'configuration').trim(), configReference().trim());
});

test('the example event bears the ID that its own data gives by the recipe', (t) => {
  const { detail, 'detail-type': detailType } = json(readme, 'example');
  const { data, metadata } = detail;
  const recipe = [
    data.conversationId,
    data.eventType,
    data.timestamp,
    data.participantId,
    data.sessionId,
    data.disposition,
  ];
  t.is(metadata.id, createHash('sha256').update(recipe.join(':')).digest('hex'));
  t.is(metadata.idempotencyKey, metadata.id);
  t.is(detailType, data.eventType);
});

test('every npm script that is named exists', (t) => {
  const named = [...readme.matchAll(/npm run ([a-z][a-z0-9:-]*)/g)].map(([, name]) => name ?? '');
  t.true(named.length > 0);
  for (const name of named) t.truthy(manifest.scripts[name], name);
});

test('the policy grants nothing with a wildcard', (t) => {
  for (const statement of json(install, 'policy').Statement) {
    t.false(JSON.stringify(statement).includes('*'));
    t.is(statement.Effect, 'Allow');
  }
});
