import { EVENT_TYPES, type EventType, type FactMember } from '../domain/event.ts';
import { DATA } from './members.ts';
import { EVENTS, type Presence } from './types.ts';

/** The types of events in Markdown, a row a type, ending with a line break. */
export function typeReference(): string {
  const rows = EVENT_TYPES.map((eventType) => {
    const { description, timestamp } = EVENTS[eventType];
    return `| \`${eventType}\` | ${description} | ${timestamp} |\n`;
  });
  return `| \`detail-type\` | what happened | \`timestamp\` |\n|---|---|---|\n${rows.join('')}`;
}

/** The members of `data` in Markdown, a row a member, ending with a line break. */
export function memberReference(): string {
  const rows = (Object.keys(DATA) as FactMember[]).map((name) => {
    const cells = [DATA[name].description, typesWith(name, 'always'), typesWith(name, 'given')];
    return `| \`${name}\` | ${cells.join(' | ')} |\n`;
  });
  return `| member | meaning | always in | where Genesys gives it, in |\n|---|---|---|---|\n${rows.join('')}`;
}

/** The types that have a member with this presence, in few words. */
function typesWith(name: FactMember, presence: Presence): string {
  const types = EVENT_TYPES.filter((eventType) => EVENTS[eventType].members[name] === presence);
  const all = typesOf(name);
  const group = GROUPS.find(([, lead]) => typesOf(lead).join() === all.join())?.[0];
  if (group !== undefined && types.length === all.length) return `every ${group}`;
  if (group !== undefined && types.length > all.length / 2) return `every other ${group}`;
  return types.map((eventType) => `\`${eventType}\``).join(', ');
}

function typesOf(name: FactMember): readonly EventType[] {
  return EVENT_TYPES.filter((eventType) => name in EVENTS[eventType].members);
}

/** What types are called together, and a member that these have and no other. */
const GROUPS: readonly (readonly [string, FactMember])[] = [
  ['event', 'eventType'],
  ['event of a conversation', 'conversationId'],
  ['event of a participant', 'participantId'],
];
