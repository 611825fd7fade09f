import type { Tale } from './scenario.ts';
import { answered, previewSkipped, unreached } from './stories-campaign.ts';
import { email, inbound, manual, odd } from './stories-other.ts';
import { analyse, dial, giveUp } from './verbs.ts';

/** Every kind of story; each tells one conversation from beginning to end. */
export const STORIES = {
  busy: (tale: Tale) => unreached(tale, 'busy'),
  noAnswer: (tale: Tale) => unreached(tale, 'noAnswer'),
  machine: (tale: Tale) => unreached(tale, 'machine'),
  uncallable: (tale: Tale) => unreached(tale, 'uncallable'),
  previewSkipped,
  answered: (tale: Tale) => answered(tale, 'agent'),
  alertOnly: (tale: Tale) => answered(tale, 'secondAgent'),
  transfer: (tale: Tale) => answered(tale, 'twoAgents'),
  abandoned: (tale: Tale) => answered(tale, 'nobody'),
  inbound,
  manual,
  email,
  odd,
} as const;

export type StoryKind = keyof typeof STORIES;

/** How often each is told. E-mails last for days: who has no time to wait for their end leaves them at zero. */
export const USUAL_MIX: Readonly<Record<StoryKind, number>> = {
  busy: 10,
  noAnswer: 18,
  machine: 12,
  uncallable: 3,
  previewSkipped: 2,
  answered: 30,
  alertOnly: 7,
  transfer: 5,
  abandoned: 4,
  inbound: 4,
  manual: 3,
  email: 0,
  odd: 2,
};

/** How long a call of a bulk lasts, milliseconds. */
export const BULK_CALL_MS = 2_000;

/** One of very many calls: as little as a call can be. */
export function bulkCall({ teller, cast, start }: Tale): void {
  teller.begin(start, 'outbound', {});
  const line = dial(teller, start, 'customer', { outboundCampaignId: cast.campaigns[0]?.id });
  analyse(teller, line, start + BULK_CALL_MS, 'noanswer', 'timeout');
  giveUp(teller, line, start + BULK_CALL_MS, 'timeout');
  teller.end(start + BULK_CALL_MS);
}
