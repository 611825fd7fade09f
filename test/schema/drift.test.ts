import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const TSC = join(PROJECT, 'node_modules/typescript/bin/tsc');

/** What the compiler says to the domain and its schema once `text` in `file` is replaced; empty where it compiles. */
function compileWith(t: ExecutionContext, file: string, text: string, replacement: string): Promise<string> {
  const copy = mkdtempSync(join(tmpdir(), 'genesys-poller-drift-'));
  t.teardown(() => rmSync(copy, { recursive: true }));
  for (const name of ['src/domain', 'src/schema', 'package.json', 'tsconfig.json']) {
    cpSync(join(PROJECT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
  const before = readFileSync(join(copy, file), 'utf8');
  t.true(before.includes(text), `${file} does not say ${text}`);
  writeFileSync(join(copy, file), before.replace(text, replacement));
  return new Promise((resolve) => {
    execFile(process.execPath, [TSC, '-p', copy], { cwd: copy }, (_error, stdout) => resolve(stdout));
  });
}

const ENDED = '  readonly divisionIds?: readonly string[];';
for (const [what, file, text, replacement, complaint] of [
  [
    'a type of event without a schema',
    'src/domain/event.ts',
    "'outboundEventLogged',",
    "$&'agentSneezed',",
    /agentSneezed/,
  ],
  ['a member of the types without a schema', 'src/domain/published.ts', ENDED, '$& readonly foo?: string;', /'foo'/],
  ['a schema of no member of the types', 'src/domain/published.ts', ENDED, '', /divisionIds/],
  [
    'a schema of a member that only another type has',
    'src/schema/types.ts',
    "code: 'given'",
    "$&, ani: 'given'",
    /ani/,
  ],
  [
    'a member that is always there in the schema alone',
    'src/domain/published.ts',
    'id: string;\n',
    'id?: string;\n',
    /"given"/,
  ],
  ['a member that is derived and in no type', 'src/domain/log-entry.ts', 'level: textOf', "foo: 'x', $&", /'foo'/],
  ['a stream that is in no type', 'src/domain/event.ts', "'backfill']", "'backfill', 'audit']", /"audit"/],
] as const) {
  test(`${what} does not compile`, async (t) => {
    t.regex(await compileWith(t, file, text, replacement), complaint);
  });
}

test('as they are, they compile', async (t) => {
  t.is(await compileWith(t, 'src/domain/event.ts', 'EVENT_TYPES', '$&'), '');
});
