import type { EventType } from '../../../src/domain/catalogue.ts';
import { deriveConversation } from '../../../src/domain/derive.ts';
import { idOf } from './oracle.ts';
import { CONVERSATION_ID, type Conversation } from './records.ts';

/**
 * The events of one type, each as `participant/session time qualifier`; that each bears the ID of its recipe
 * is checked on the way.
 */
export function seen(conversation: Conversation, type: EventType): string[] {
  const events = deriveConversation(conversation, 'mask').events.filter((event) => event.eventType === type);
  return events
    .map(({ id, data }) => {
      const [p, s] = [String(data.participantId ?? ''), String(data.sessionId ?? '')];
      const qualifier = String(data.disposition ?? data.callAnalysisDisposition ?? '');
      const recipe = idOf(CONVERSATION_ID, type, data.timestamp, p, s, qualifier);
      const time = data.timestamp.replace('2026-11-20T', '').replace('.000Z', '');
      return `${id === recipe ? '' : 'WRONG ID '}${p}/${s} ${time} ${qualifier}`.trim();
    })
    .sort();
}
