import { existsSync, readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { deriveConversation } from '../../src/domain/derive.ts';
import type { DerivedEvent, MalformedRecord } from '../../src/domain/event.ts';
import { listOf } from '../../src/domain/json.ts';
import { inScope, type Scope } from '../../src/domain/selection.ts';
import { canonical, sha256 } from './support/oracle.ts';

/** A record as Genesys shows it, perhaps again and again, and what is right and wrong to publish of it. */
interface RecordCase {
  readonly about: string;
  readonly scope?: Scope;
  readonly first: unknown;
  readonly meanwhile?: unknown;
  readonly later?: unknown;
  /** Members of some published event; null: the member is absent. */
  readonly right: readonly Readonly<Record<string, unknown>>[];
  readonly never?: readonly Readonly<Record<string, unknown>>[];
}

const OWN = new URL('fixtures/', import.meta.url);
/** Records that are kept beside the repository, where there are any. */
const SHARED = new URL('../../../shared/', import.meta.url);

function read(file: URL): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function namesIn(folder: URL): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
}

function says(event: DerivedEvent, members: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(members).every(([name, value]) => (event.data[name] ?? null) === value);
}

/** What is published of all views of a record, each event once, and what became a dead letter. */
function publishedOf(record: RecordCase): {
  events: readonly DerivedEvent[];
  copies: ReadonlySet<string>;
  malformed: MalformedRecord[];
} {
  const views = [record.first, record.meanwhile, record.later].filter((view) => view !== undefined);
  const derived = views
    .filter((view) => inScope(view, record.scope ?? 'outbound'))
    .map((view) => deriveConversation(view, 'mask'));
  const events = derived.flatMap((one) => one.events);
  return {
    events: [...new Map(events.map((event) => [event.id, event])).values()],
    copies: new Set(events.map((event) => JSON.stringify(event))),
    malformed: derived.flatMap((one) => one.malformed),
  };
}

for (const folder of [OWN, new URL('records/', SHARED)]) {
  for (const name of namesIn(folder)) {
    const record = read(new URL(name, folder)) as RecordCase;
    test(`${folder === OWN ? '' : 'beside the repository: '}${name}: ${record.about}`, (t) => {
      const { events, copies, malformed } = publishedOf(record);
      for (const right of record.right) {
        t.true(
          events.some((event) => says(event, right)),
          JSON.stringify(right),
        );
      }
      for (const never of record.never ?? []) {
        t.false(
          events.some((event) => says(event, never)),
          JSON.stringify(never),
        );
      }
      t.is(copies.size, events.length, 'every copy of an event is the same');
      t.is(malformed.length, name === 'wrong-types.json' ? 4 : 0);
      for (const malformedRecord of malformed) t.is(malformedRecord.id, sha256(canonical(malformedRecord.record)));
    });
  }
}

test('the records of this repository cover each case', (t) => {
  t.deepEqual(namesIn(OWN).slice().sort(), [
    'contact-completed-later.json',
    'preview-skipped.json',
    'reopened-e-mail.json',
    'wrap-up-timeout.json',
    'wrong-types.json',
  ]);
});

for (const name of namesIn(new URL('real-records/', SHARED))) {
  test(`recorded, and not made up: ${name} is read without an error, and yields nothing null or empty`, (t) => {
    const file = read(new URL(`real-records/${name}`, SHARED)) as { conversations?: unknown };
    const records = file.conversations === undefined ? [file].flat() : listOf(file.conversations);
    t.true(records.length > 0);
    let events = 0;
    for (const record of records) {
      const derived = deriveConversation(record, 'mask');
      events += derived.events.length;
      for (const { data } of derived.events) {
        t.true(Object.values(data).every((value) => typeof value !== 'string' || value !== ''));
      }
      for (const { reason } of derived.malformed) t.true(reason.endsWith('is not a timestamp'), reason);
    }
    t.true(events > 0);
  });
}
