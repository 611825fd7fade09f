import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const TSC = join(PROJECT, 'node_modules/typescript/bin/tsc');

/** A copy of the domain and of what describes it, in which `replacement` stands for `text` in `file`. */
function copyWith(t: ExecutionContext, file: string, text: string, replacement: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'genesys-poller-drift-'));
  t.teardown(() => rmSync(copy, { recursive: true }));
  for (const name of ['src/domain', 'src/schema', 'scripts', 'package.json', 'tsconfig.json', 'docs/events.md']) {
    cpSync(join(PROJECT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
  const before = readFileSync(join(copy, file), 'utf8');
  t.true(before.includes(text), `${file} does not say ${text}`);
  writeFileSync(join(copy, file), before.replace(text, replacement));
  return copy;
}

/** What Node says when it runs a program in the copy: empty where nothing is amiss. */
function says(copy: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: copy }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

/**
 * What the compiler says to the domain and its schema, without the scripts, which import other folders too.
 */
async function compilerSays(copy: string): Promise<string> {
  const config = join(copy, 'domain.json');
  writeFileSync(config, JSON.stringify({ extends: './tsconfig.json', include: ['src'] }));
  return says(copy, TSC, '-p', config);
}

/** Another type of event, as an entry of the catalogue before the one of queueExited. */
const NEXT = '  queueExited: {\n';
const added = ({ each = 'segment', members = "queueId: 'given'" } = {}) => `  agentWrappedUp: {
    description: 'An agent wrapped up.',
    timestamp: 'segmentEnd of a \`wrapup\` segment',
    rule: { each: '${each}', of: 'agent', types: ['wrapup'], at: 'end' },
    members: { ...AT_END, ${members} },
  },
${NEXT}`;

test('a new type is one entry: the compiler, the schema, the types and the documents then have it', async (t) => {
  const copy = copyWith(t, 'src/domain/catalogue.ts', NEXT, added());
  t.is(await compilerSays(copy), '');
  t.is(await says(copy, '--import=tsx', 'scripts/schema/write.ts'), '');
  const written = (name: string) => readFileSync(join(copy, name), 'utf8');
  const { definitions } = JSON.parse(written('schema/event.json'));
  t.is(definitions.agentWrappedUp.description, 'An agent wrapped up.');
  t.true(definitions.agentWrappedUp.properties.data.required.includes('segmentEnd'));
  t.is(JSON.parse(written('schema/agentWrappedUp.json')).title, 'agentWrappedUp');
  // The example is derived by the new rule from the call that all examples come from.
  t.regex(written('schema/asyncapi.yaml'), /\n {8}- payload:\n(?: {12}.*\n)*? {12}detail-type: agentWrappedUp\n/);
  t.regex(written('schema/events.d.ts'), /\/\*\* An agent wrapped up\. \*\/\nexport interface AgentWrappedUp \{\n/);
  t.true(
    written('docs/events.md').includes(
      '\n| `agentWrappedUp` | An agent wrapped up. | segmentEnd of a `wrapup` segment |\n',
    ),
  );
});

for (const [what, file, text, replacement, complaint] of [
  ['a member that is described nowhere', 'src/domain/catalogue.ts', NEXT, added({ members: "mood: 'given'" }), /mood/],
  ['a presence that there is not', 'src/domain/catalogue.ts', NEXT, added({ members: "ani: 'seldom'" }), /seldom/],
  ['a rule that there is not', 'src/domain/catalogue.ts', NEXT, added({ each: 'leg' }), /leg/],
  ['a member that nothing reads', 'src/domain/catalogue.ts', NEXT, added({ members: "level: 'given'" }), /'level'/],
  [
    'a member that is read and that no type has',
    'src/domain/log-entry.ts',
    '  level: (',
    "  foo: () => 'x',\n$&",
    /'foo'/,
  ],
  [
    'an envelope without a member of the metadata',
    'src/domain/envelope.ts',
    '    poller: context.poller,\n',
    '',
    /'poller'/,
  ],
] as const) {
  test(`${what} does not compile`, async (t) => {
    t.regex(await compilerSays(copyWith(t, file, text, replacement)), complaint);
  });
}

test('as they are, they compile', async (t) => {
  t.is(await compilerSays(copyWith(t, 'src/domain/streams.ts', 'STREAM_NAMES', '$&')), '');
});
