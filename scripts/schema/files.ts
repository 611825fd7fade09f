import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCHEMA_FILES, schemaFile } from '../../src/schema/files.ts';
import { typeDeclarations } from './type-declarations.ts';

/** What the folder `schema` of the package holds. */
export const PACKED_SCHEMA: readonly string[] = [...SCHEMA_FILES, 'events.d.ts'];

/** Writes it into `folder`. */
export function writeSchema(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of SCHEMA_FILES) writeFileSync(join(folder, name), schemaFile(name));
  writeFileSync(join(folder, 'events.d.ts'), typeDeclarations());
}
