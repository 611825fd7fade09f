import type { EventType } from '../domain/event.ts';
import { schemaFile } from '../schema/files.ts';
import { endWithReader } from './terminal.ts';

/**
 * Writes to standard output what is published: the JSON Schema of the whole event, of the detail of one type of event, or the
 * AsyncAPI document. Needs neither configuration nor network. Resolves to the exit code.
 */
export async function schema(options: {
  readonly type?: EventType | undefined;
  readonly asyncapi?: boolean | undefined;
}): Promise<number> {
  endWithReader();
  const name = options.asyncapi ? 'asyncapi.yaml' : (`${options.type ?? 'event'}.json` as const);
  process.stdout.write(schemaFile(name));
  return 0;
}
