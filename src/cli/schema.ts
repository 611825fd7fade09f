import type { EventType } from '../domain/catalogue.ts';
import { schemaFile } from '../schema/files.ts';
import { write } from './terminal.ts';

/**
 * Writes to standard output what is published: the JSON Schema of the whole event, of the detail of one type
 * of event, or the AsyncAPI document. Needs neither configuration nor network. Resolves to the exit code.
 */
export async function schema(options: {
  readonly type?: EventType | undefined;
  readonly asyncapi?: boolean | undefined;
}): Promise<number> {
  const name = options.asyncapi ? 'asyncapi.yaml' : (`${options.type ?? 'event'}.json` as const);
  write(schemaFile(name));
  return 0;
}
