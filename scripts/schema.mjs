// Writes the folder schema/ and the tables in docs/events.md anew, from the built program. Tests compare both with the program.
import { readFileSync, writeFileSync } from 'node:fs';
import { SCHEMA_FILES, schemaFile } from '../dist/schema/files.js';
import { memberReference, typeReference } from '../dist/schema/reference.js';

const project = new URL('../', import.meta.url);
for (const name of SCHEMA_FILES) writeFileSync(new URL(`schema/${name}`, project), schemaFile(name));

const page = new URL('docs/events.md', project);
const tables = { types: typeReference(), members: memberReference() };
const text = Object.entries(tables).reduce(
  (before, [name, table]) =>
    before.replace(
      new RegExp(`(<!-- ${name} -->\n)[^]*(<!-- /${name} -->)`),
      (_all, begin, end) => begin + table + end,
    ),
  readFileSync(page, 'utf8'),
);
writeFileSync(page, text);
