import { keysOf, type SchemaKey } from '../../src/config/settings.ts';

/** The configuration table in Markdown, a row a key in the order of the schema, ending with a line break. */
export function configReference(): string {
  const rows = keysOf().map(([name, key]) => `| \`${name}\` | ${shownDefault(key)} | ${key.doc} |\n`);
  return `| key | default | meaning |\n|---|---|---|\n${rows.join('')}`;
}

function shownDefault(key: SchemaKey): string {
  if (key.shown !== undefined) return key.shown;
  return key.default === null ? 'none' : `\`${String(key.default)}\``;
}
