import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { writeSchema } from '../../scripts/schema/files.ts';
import { typeDeclarations } from '../../scripts/schema/type-declarations.ts';
import { CATALOGUE, EVENT_TYPES } from '../../src/domain/catalogue.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const TSC = join(PROJECT, 'node_modules/typescript/bin/tsc');
const PACKAGE = 'genesys-eventbridge-poller';

/** A consumer's project, in which the package is installed as far as its types go. */
const project = mkdtempSync(join(tmpdir(), 'genesys-poller-consumer-'));
test.after.always(() => rmSync(project, { recursive: true }));

test.before(() => {
  const installed = join(project, 'node_modules', PACKAGE);
  mkdirSync(installed, { recursive: true });
  cpSync(join(PROJECT, 'package.json'), join(installed, 'package.json'));
  writeSchema(join(installed, 'schema'));
  mkdirSync(join(project, 'node_modules/@types'));
  for (const name of ['aws-lambda', 'node']) {
    symlinkSync(join(PROJECT, 'node_modules/@types', name), join(project, 'node_modules/@types', name));
  }
});

/** What the compiler says to a consumer's module; empty where it compiles. */
function compile(name: string, source: string, ...options: readonly string[]): Promise<string> {
  const file = join(project, `${name}.mts`);
  writeFileSync(file, source);
  const flags = ['--ignoreConfig', '--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', ...options];
  return new Promise((resolve) => {
    execFile(process.execPath, [TSC, ...flags, file], { cwd: project }, (_error, stdout) => resolve(stdout));
  });
}

test('a switch over the detail-type knows the data of every type, and that none is left', async (t) => {
  const source = `
    import type { EventType, GenesysEvent } from '${PACKAGE}/events';

    export function summary(event: GenesysEvent): string {
      switch (event['detail-type']) {
        case 'dispositionSet':
          return event.detail.data.disposition;
        case 'callAnalyzed':
          return event.detail.data.callAnalysisDisposition;
        case 'conversationEnded':
          return (event.detail.data.divisionIds ?? []).join();
        case 'outboundEventLogged':
          return event.detail.data.relatedEntity?.id ?? event.detail.data.id;
        case 'queueExited': case 'agentCallDisconnected': case 'contactDisconnected':
          return event.detail.data.disconnectType + event.detail.data.segmentEnd;
        case 'conversationStarted':
          return event.detail.data.conversationStart;
        case 'contactDialed': case 'contactConnected': case 'queueEntered': case 'agentAlerted': case 'agentCallConnected':
          return event.detail.data.segmentStart;
        default:
          return event satisfies never;
      }
    }
    export const all: Record<EventType, true> = { ${EVENT_TYPES.map((type) => `${type}: true`).join(', ')} };
  `;
  t.is(await compile('switch', source), '');
  t.is(await compile('bundled', source, '--moduleResolution', 'bundler', '--module', 'esnext'), '');
});

test('the types of the package are those that the compiler infers from the catalogue', async (t) => {
  const source = `
    import type * as Packed from '${PACKAGE}/events';
    import type * as Inferred from '${PROJECT}src/schema/events.ts';
    /** Members with their types, without the names that the types have. */
    type Plain<T> = { [Name in keyof T]: T[Name] };
    type Same<A, B> = (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;
    export const data: { [T in Packed.EventType]: Same<Packed.EventData<T>, Inferred.EventData<T>> } = {
      ${EVENT_TYPES.map((type) => `${type}: true`).join(', ')}
    };
    export const metadata: Same<Packed.EventMetadata<'dispositionSet'>, Inferred.EventMetadata<'dispositionSet'>> = true;
    export const names: Same<Packed.EventNames, Inferred.EventNames> = true;
    export const event = (inferred: Inferred.GenesysEvent): Packed.GenesysEvent => inferred;
    export const back = (packed: Packed.GenesysEvent): Inferred.GenesysEvent => packed;
    // @ts-expect-error a member that is given is not always there
    export const other: Same<Packed.EventData<'queueEntered'>, Required<Inferred.EventData<'queueEntered'>>> = true;
  `;
  t.is(await compile('same', source, '--allowImportingTsExtensions', '--types', 'node'), '');
});

test('the types explain themselves in the words of the catalogue', (t) => {
  const types = typeDeclarations();
  t.notRegex(types, /^import/m);
  t.true(
    types.includes(
      '\n/** A conversation left a queue: for an agent, or because the contact gave up. */\nexport interface QueueExited {',
    ),
  );
  t.true(types.includes("\n  /** The segment's queue. */\n  readonly queueId?: string;\n"));
  for (const eventType of EVENT_TYPES) t.true(types.includes(CATALOGUE[eventType].description), eventType);
});

test('what may be absent has to be asked for, and what another type has is not there', async (t) => {
  const source = `
    import type { GenesysEvent } from '${PACKAGE}/events';
    export function wrong(event: GenesysEvent<'dispositionSet'>, any: GenesysEvent): unknown[] {
      // @ts-expect-error may be absent
      const agent: string = event.detail.data.agentId;
      return [
        agent,
        // @ts-expect-error only callAnalyzed has it
        event.detail.data.callAnalysisDisposition,
        // @ts-expect-error names may be absent
        event.detail.names.disposition,
        // @ts-expect-error not every type has it
        any.detail.data.conversationId,
        // @ts-expect-error there is no such type
        any as GenesysEvent<'agentSneezed'>,
      ];
    }
  `;
  t.is(await compile('wrong', source), '');
});

test('an event of AWS’s own types for Lambda is one of ours, and the other way round', async (t) => {
  const source = `
    import type { EventBridgeEvent, EventBridgeHandler } from 'aws-lambda';
    import type { EventDetail, GenesysEvent } from '${PACKAGE}/events';
    type Theirs = EventBridgeEvent<'dispositionSet', EventDetail<'dispositionSet'>>;
    export const ours = (event: Theirs): GenesysEvent<'dispositionSet'> => event;
    export const theirs = (event: GenesysEvent<'dispositionSet'>): Theirs => event;
    export const handler: EventBridgeHandler<'dispositionSet', EventDetail<'dispositionSet'>, string> = async (event) =>
      event.detail.metadata.idempotencyKey + event.detail.data.disposition;
  `;
  t.is(await compile('lambda', source, '--types', 'node'), '');
});

test('the example on the page for consumers compiles', async (t) => {
  const page = readFileSync(join(PROJECT, 'docs/events.md'), 'utf8');
  const source = page.split('```ts\n')[1]?.split('```')[0] ?? '';
  t.regex(source, /^import type/);
  const surroundings = `
    declare function save(key: string, disposition: string): Promise<void>;
    declare function count(queueId: string | undefined, disconnectType: string): Promise<void>;
  `;
  t.is(await compile('page', source + surroundings), '');
});
