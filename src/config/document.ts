import { LineCounter, parseDocument, type YAMLError } from 'yaml';
import { parseJson } from '../domain/json.ts';
import { readTextFile } from './text-file.ts';

/** The content of a configuration file, or its problems. They complete "the file …" and quote no value. */
type ConfigDocument =
  | { readonly value: unknown; readonly problems?: undefined }
  | { readonly problems: readonly string[] };

/**
 * Reads a configuration file. YAML 1.2 contains JSON, so one parser reads both and reports lines and repeated
 * keys of both. A file called `.json` must be strict JSON as well. Any other name is read as YAML.
 *
 * The parsers' own messages quote the text around an error, which may be a secret: only their code and place
 * are used.
 */
export function readDocument(path: string): ConfigDocument {
  const file = readTextFile(path);
  if (file.text === undefined) return { problems: [file.problem] };
  return parseText(file.text, path.toLowerCase().endsWith('.json'));
}

function parseText(text: string, strictJson: boolean): ConfigDocument {
  const lines = new LineCounter();
  // `core` and no merge keys, whatever a %YAML directive says: no dates, sets or other values that JSON does
  // not have.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
  });
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0) return { problems: firstOnEachLine(errors, lines, text) };
  if (strictJson && text.trim() !== '' && !isJson(text))
    return { problems: ['is called .json but is not strict JSON'] };
  try {
    return { value: document.toJS({ maxAliasCount: 0 }) };
  } catch {
    return { problems: ['uses YAML aliases (*name), which a configuration does not need: write the value out'] };
  }
}

function firstOnEachLine(errors: readonly YAMLError[], lines: LineCounter, text: string): string[] {
  const problems = new Map<number, string>();
  for (const error of errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    const where = `has an error in line ${line}, column ${col}`;
    if (!problems.has(line)) problems.set(line, `${where}: ${describe(error, text)}`);
  }
  return [...problems.values()];
}

/** The error's code in words: DUPLICATE_KEY is a `duplicate key`, and that key is named. */
function describe(error: YAMLError, text: string): string {
  const words = error.code.toLowerCase().replaceAll('_', ' ');
  const key = error.code === 'DUPLICATE_KEY' ? /^["']?([\w.-]{1,64})/.exec(text.slice(error.pos[0]))?.[1] : undefined;
  return key === undefined ? words : `${words} ${key}`;
}

function isJson(text: string): boolean {
  return parseJson(text.replace(/^\uFEFF/, '')) !== undefined;
}
