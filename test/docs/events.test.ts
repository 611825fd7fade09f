import { readFile } from 'node:fs/promises';
import test from 'ava';
import { memberReference, typeReference } from '../../scripts/schema/reference.ts';
import { EVENT_TYPES } from '../../src/domain/catalogue.ts';
import { deriveConversation } from '../../src/domain/derive.ts';
import { toEntry } from '../../src/domain/envelope.ts';
import type { DerivedEvent } from '../../src/domain/event.ts';
import { deriveLogEntry } from '../../src/domain/log-entry.ts';
import { STREAM_NAMES, type StreamName } from '../../src/domain/streams.ts';
import { SYSTEM_CODES, WRAP_UP_TIMEOUT } from '../../src/sandbox/genesys/fixtures.ts';
import { createWorld } from '../../src/sandbox/genesys/world.ts';
import { eventSchema } from '../../src/schema/json-schema.ts';
import { closed, undocumented, validator } from '../support/documented.ts';
import { type EventPattern, matches } from '../support/event-pattern.ts';

const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');
const page = await read('docs/events.md');
const block = (name: string) => page.split(`<!-- ${name} -->\n`)[1]?.split(`<!-- /${name} -->`)[0];

test('the tables are the schema, row by row: `npm run schema` writes them anew', (t) => {
  t.is(block('types'), typeReference());
  t.is(block('members'), memberReference());
});

test('the example is an event as documented', (t) => {
  const example = JSON.parse(block('example')?.replace(/```(json)?/g, '') ?? '');
  const isEvent = validator(closed(eventSchema()));
  t.true(isEvent(example), JSON.stringify(isEvent.errors));
});

// Rule patterns

/** An event with what the world knows of it. */
interface Case {
  readonly delivered: {
    readonly 'detail-type': string;
    readonly detail: { readonly metadata: { readonly stream: string } };
  };
  readonly record: ConversationRecord | undefined;
  readonly purpose: string | undefined;
  readonly session: Session | undefined;
}
interface Session {
  readonly sessionId?: string;
  readonly mediaType?: string;
  readonly outboundCampaignId?: string;
  readonly dispositionName?: string;
  readonly segments?: readonly {
    readonly segmentType?: string;
    readonly queueId?: string;
    readonly wrapUpCode?: string;
  }[];
}
interface ConversationRecord {
  readonly conversationId?: string;
  readonly participants?: readonly { readonly purpose?: string; readonly sessions?: readonly Session[] | null }[];
}

const SOURCE = 'com.genesys.cloud.outbound';
const START = Date.parse('2026-11-20T10:00:00.000Z');
const world = createWorld({
  seed: 7,
  now: () => START + 86_400_000,
  startAt: START,
  historyMs: 6 * 3_600_000,
  historyPerMinute: 3,
  callsPerMinute: 0,
  mix: { email: 2 },
});
world.stopNewCalls(START);
const { campaigns, queues } = world.fixtures;
const [campaign, queue] = [campaigns[0]?.id, queues[0]?.id];

function caseOf(event: DerivedEvent, stream: StreamName, record?: ConversationRecord): Case {
  const { detail } = toEntry(event, {
    source: SOURCE,
    poller: 'default',
    stream,
    observedAt: START,
    publishedAt: START,
  });
  const bears = ({ sessionId }: Session) => sessionId !== undefined && sessionId === event.data.sessionId;
  const participant = record?.participants?.find(({ sessions }) => sessions?.some(bears));
  const delivered = { source: SOURCE, 'detail-type': event.eventType, detail: JSON.parse(detail) };
  return { delivered, record, purpose: participant?.purpose, session: participant?.sessions?.find(bears) };
}

const streamOf = (index: number) => STREAM_NAMES[index % STREAM_NAMES.length] ?? 'conversations';
const cases: readonly Case[] = [
  ...(world.recordsAt(START + 86_400_000) as readonly ConversationRecord[]).flatMap((record, index) =>
    deriveConversation(record, 'mask').events.map((event) => caseOf(event, streamOf(index), record)),
  ),
  ...world
    .logEntriesAt(START + 86_400_000)
    .flatMap((entry) => deriveLogEntry(entry, 'mask').events.map((event) => caseOf(event, 'event-log'))),
];

const isOf = (one: Case, type: (typeof EVENT_TYPES)[number]) => one.delivered['detail-type'] === type;
/** Whether the call was ever on an agent's line. */
const wasTaken = ({ record }: Case) =>
  (record?.participants ?? []).some(
    ({ purpose, sessions }) =>
      purpose === 'agent' &&
      sessions?.some(({ segments = [] }) => segments.some((one) => one.segmentType === 'interact')),
  );
const codesOf = ({ session }: Case) => (session?.segments ?? []).flatMap(({ wrapUpCode }) => wrapUpCode ?? []);
const isSystems = (code: string) => ([...SYSTEM_CODES, WRAP_UP_TIMEOUT] as readonly string[]).includes(code);

/** What each pattern says, by the words before it, judged by the records of the world. */
const MEANT: Readonly<Record<string, (one: Case) => boolean>> = {
  'All dispositions of one campaign': (one) =>
    isOf(one, 'dispositionSet') && one.session?.outboundCampaignId === campaign,
  'What agents chose': (one) => isOf(one, 'dispositionSet') && !codesOf(one).some(isSystems),
  'What Genesys decided': (one) => isOf(one, 'dispositionSet') && codesOf(one).some(isSystems),
  'All abandoned calls': (one) => isOf(one, 'queueExited') && !wasTaken(one) && one.session?.mediaType === 'voice',
  'Calls of one queue': (one) =>
    isOf(one, 'agentCallConnected') &&
    one.session?.mediaType === 'voice' &&
    (one.session?.segments ?? []).some((segment) => segment.segmentType === 'interact' && segment.queueId === queue),
  'Calls that call analysis': (one) =>
    isOf(one, 'callAnalyzed') && /(^|\.)(busy|noanswer|machine|fax|sit)$/.test(one.session?.dispositionName ?? ''),
  'Warnings and errors': (one) =>
    isOf(one, 'outboundEventLogged') && /WARNING|ERROR/.test(JSON.stringify(one.delivered)),
  'Everything but': (one) => ['conversations', 'event-log'].includes(one.delivered.detail.metadata.stream),
};

const shown = [
  ...(page
    .split('## Rule patterns')[1]
    ?.split('\n## ')[0]
    ?.matchAll(/\n\n([^`\n](?:[^\n]|\n(?!\n))*):\n\n```json([\s\S]*?)```/g) ?? []),
];

test('all the patterns that are shown are tested', (t) => {
  t.deepEqual(
    shown.map(([, words = '']) => Object.keys(MEANT).find((meant) => words.startsWith(meant)) ?? words),
    Object.keys(MEANT),
  );
  t.deepEqual([...new Set(cases.map((one) => one.delivered['detail-type']))].sort(), [...EVENT_TYPES].sort());
});

for (const [, words = '', json = ''] of shown) {
  test(`the pattern for "${words.replaceAll('\n', ' ')}" matches that and nothing else`, (t) => {
    const meant = Object.entries(MEANT).find(([name]) => words.startsWith(name))?.[1];
    const text = json
      .replace('df522ea4-cf3a-47ed-b796-53febcb06c9c', campaign ?? '')
      .replace('b0c1a4de-0c67-4d4b-9d0f-2f6f4b6a51c7', queue ?? '');
    const pattern: EventPattern = JSON.parse(text);
    const matched = cases.filter(({ delivered }) => matches(pattern, delivered));
    t.deepEqual(
      matched.map(({ delivered }) => delivered),
      cases.filter((one) => meant?.(one)).map(({ delivered }) => delivered),
    );
    t.true(matched.length >= 5 && matched.length < cases.length, `${matched.length} of ${cases.length}`);
    t.false(matches(pattern, { ...matched[0]?.delivered, source: 'com.example' }));
  });
}

test('a condition that the evaluator does not know is an error', (t) => {
  t.throws(() => matches({ a: [{ wildcard: '*' } as never] }, { a: 'x' }), { message: /unknown condition/ });
});

test('the world has what patterns stumble over', (t) => {
  const dispositions = cases.filter((one) => isOf(one, 'dispositionSet'));
  const onAgents = (code: string) =>
    dispositions.filter((one) => one.purpose === 'agent' && codesOf(one).includes(code)).length;
  t.true(onAgents('ININ-OUTBOUND-PREVIEW-SKIPPED') >= 5);
  t.true(onAgents('ININ-WRAP-UP-TIMEOUT') >= 5);
  t.true(cases.filter((one) => one.session?.dispositionName?.endsWith('.amd.timeout')).length >= 5);
});

test('the world of these tests is published as documented', (t) => {
  for (const { delivered } of cases) {
    t.deepEqual(undocumented({ detailType: delivered['detail-type'], detail: JSON.stringify(delivered.detail) }), []);
  }
});
