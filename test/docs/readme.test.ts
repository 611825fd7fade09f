import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import test from 'ava';
import { configReference } from '../support/config-reference.ts';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const readme = await read('README.md');
const configuration = await read('docs/configuration.md');
const install = await read('docs/install.md');
const events = await read('docs/events.md');

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
  const { detail, 'detail-type': detailType } = json(events, 'example');
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

test('the policy grants nothing with a wildcard', (t) => {
  for (const statement of json(install, 'policy').Statement) {
    t.false(JSON.stringify(statement).includes('*'));
    t.is(statement.Effect, 'Allow');
  }
});

test('the short example in the README is a part of the whole one', (t) => {
  t.like(json(events, 'example'), json(readme, 'example'));
});

test('the README has at most 900 words and two pictures', (t) => {
  t.true(readme.split(/\s+/).length <= 900);
  t.is([...readme.matchAll(/!\[/g)].length, 2);
});

test('what the README says of cost is what the page on cost adds up to', async (t) => {
  const [, perMillion = '', idle = ''] =
    /\*\*Cost\*\*: \$([\d.]+) per million events and \$([\d.]+) a month/.exec(readme) ?? [];
  const page = await read('docs/performance.md');
  t.true(page.includes(`| **first time** | **150,000** | | **${perMillion}** |`));
  t.true(page.includes(`| **one poller** | | | **${idle}** |`));
});
