import type { Scenario } from './scenario.ts';
import { answered, previewSkipped, unreached } from './stories-campaign.ts';
import { email, inbound, manual, odd } from './stories-other.ts';
import { analyse, dial, giveUp } from './verbs.ts';

/** Every kind of story; each plays one conversation from beginning to end. */
export const STORIES = {
  busy: (scenario: Scenario) => unreached(scenario, 'busy'),
  noAnswer: (scenario: Scenario) => unreached(scenario, 'noAnswer'),
  machine: (scenario: Scenario) => unreached(scenario, 'machine'),
  uncallable: (scenario: Scenario) => unreached(scenario, 'uncallable'),
  previewSkipped,
  answered: (scenario: Scenario) => answered(scenario, 'agent'),
  alertOnly: (scenario: Scenario) => answered(scenario, 'secondAgent'),
  transfer: (scenario: Scenario) => answered(scenario, 'twoAgents'),
  abandoned: (scenario: Scenario) => answered(scenario, 'none'),
  inbound,
  manual,
  email,
  odd,
} as const;

export type StoryKind = keyof typeof STORIES;

/**
 * How often each is played. E-mails last for days: they stay at zero where a run cannot wait for their end.
 */
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
export function bulkCall({ recorder, fixtures, start }: Scenario): void {
  recorder.begin(start, 'outbound', {});
  const line = dial(recorder, start, 'customer', { outboundCampaignId: fixtures.campaigns[0]?.id });
  analyse(recorder, line, start + BULK_CALL_MS, 'noanswer', 'timeout');
  giveUp(recorder, line, start + BULK_CALL_MS, 'timeout');
  recorder.end(start + BULK_CALL_MS);
}
