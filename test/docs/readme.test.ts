import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import test from 'ava';
import { configReference } from '../../src/config/reference.ts';

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));

function block(name: string): string {
  return new RegExp(`<!-- ${name} -->([^]*?)<!-- /${name} -->`).exec(readme)?.[1] ?? '';
}
function json(name: string) {
  return JSON.parse(block(name).replace(/```(json)?/g, ''));
}

test('the configuration table is the schema, row by row', (t) => {
  t.is(block('configuration').trim(), configReference().trim());
});

test('the example event bears the ID that its own data gives by the recipe', (t) => {
  const { detail, 'detail-type': detailType } = json('example');
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

test('every failure code is explained', async (t) => {
  const source = await readFile(new URL('../../src/domain/failure.ts', import.meta.url), 'utf8');
  const codes = [...source.matchAll(/\| '([\w.]+)'/g)].map(([, code]) => code ?? '');
  t.true(codes.length > 10);
  for (const code of codes.filter((one) => one !== 'config.invalid')) t.true(readme.includes(`\`${code}\``), code);
});

test('the policy grants nothing with a wildcard', (t) => {
  for (const statement of json('policy').Statement) {
    t.false(JSON.stringify(statement).includes('*'));
    t.is(statement.Effect, 'Allow');
  }
});
