/*
 * npm run schema: writes the folder schema/ and the tables in docs/events.md anew from the catalogue of
 * events. Of the folder, event.json and asyncapi.yaml are under version control; tests compare them and the
 * tables with the program.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../package/project.ts';
import { writeSchema } from './files.ts';
import { memberReference, typeReference } from './reference.ts';

writeSchema(join(PROJECT, 'schema'));

const page = join(PROJECT, 'docs/events.md');
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
