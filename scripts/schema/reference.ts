import { CATALOGUE, EVENT_TYPES, type EventType, membersOf, type Presence } from '../../src/domain/catalogue.ts';
import { DATA, type DataMember } from '../../src/domain/members.ts';

/** The types of events in Markdown, a row a type, ending with a line break. */
export function typeReference(): string {
  const rows = EVENT_TYPES.map((eventType) => {
    const { description, timestamp } = CATALOGUE[eventType];
    return `| \`${eventType}\` | ${description} | ${timestamp} |\n`;
  });
  return `| \`detail-type\` | what happened | \`timestamp\` |\n|---|---|---|\n${rows.join('')}`;
}

/** The members of `data` in Markdown, a row a member, ending with a line break. */
export function memberReference(): string {
  const rows = (Object.keys(DATA) as DataMember[]).map((name) => {
    const cells = [DATA[name].description, typesWith(name, 'always'), typesWith(name, 'given')];
    return `| \`${name}\` | ${cells.join(' | ')} |\n`;
  });
  return `| member | meaning | always in | where Genesys gives it, in |\n|---|---|---|---|\n${rows.join('')}`;
}

/** The types that have a member with this presence, in few words. */
function typesWith(name: DataMember, presence: Presence): string {
  const types = EVENT_TYPES.filter((eventType) => membersOf(eventType, presence).includes(name));
  const all = typesOf(name);
  const group = GROUPS.find(([, lead]) => typesOf(lead).join() === all.join())?.[0];
  if (group !== undefined && types.length === all.length) return `every ${group}`;
  if (group !== undefined && types.length > all.length / 2) return `every other ${group}`;
  return types.map((eventType) => `\`${eventType}\``).join(', ');
}

function typesOf(name: DataMember): readonly EventType[] {
  return EVENT_TYPES.filter((eventType) => name in CATALOGUE[eventType].members);
}

/** What types are called together, and a member that these have and no other. */
const GROUPS: readonly (readonly [string, DataMember])[] = [
  ['event', 'eventType'],
  ['event of a conversation', 'conversationId'],
  ['event of a participant', 'participantId'],
];
