import type { Fixtures, Named } from './fixtures.ts';
import type { Random, Range } from './random.ts';
import type { Recorder } from './recorder.ts';

/** How things come late into the records. */
export interface Latecomers {
  /** The share of wrap-up codes that appear after their segment ended. */
  readonly share: number;
  /** How much later, milliseconds: one of these ranges, each as likely. */
  readonly by: readonly Range[];
  /** The share of agents' codes that are changed afterwards. */
  readonly changed: number;
  /** How much later that is, milliseconds. Default: as much again as codes come late. */
  readonly changedBy?: Range;
}

/** What a story is played with. */
export interface Scenario {
  readonly recorder: Recorder;
  readonly random: Random;
  readonly fixtures: Fixtures;
  /** When the story begins. */
  readonly start: number;
  /** How fast life is: 1 is real, 0.02 makes seconds of minutes. */
  readonly pace: number;
  readonly latecomers: Latecomers;
  /** How long an e-mail conversation lasts, milliseconds. */
  readonly emailMs: Range;
}

/**
 * A duration between so many and so many seconds of real life, in milliseconds of this world, at least one.
 */
export function span(scenario: Scenario, from: number, to: number): number {
  return Math.max(1, Math.round(scenario.random.between([from * 1000, to * 1000]) * scenario.pace));
}

/** By how much something comes late; undefined if it does not. */
export function lateness(scenario: Scenario): number | undefined {
  const { share, by } = scenario.latecomers;
  return by.length > 0 && scenario.random.chance(share) ? scenario.random.between(scenario.random.pick(by)) : undefined;
}

/** A code an agent chooses; now and then one that has been deleted since. */
export function chooseCode(scenario: Scenario): string {
  const { random, fixtures } = scenario;
  return random.chance(0.05) ? random.pick(fixtures.forgottenCodes) : random.pick<Named>(fixtures.wrapUpCodes).id;
}

/** What a session of a campaign bears. */
export function campaignSession(scenario: Scenario): Readonly<Record<string, unknown>> {
  const { random, fixtures } = scenario;
  const campaign = random.pick(fixtures.campaigns);
  return {
    outboundCampaignId: campaign.id,
    outboundContactId: random.hex(32),
    outboundContactListId: campaign.contactListId,
    ani: 'tel:+13175550100',
    dnis: telephone(random),
    edgeId: random.uuid(),
    provider: 'Edge',
  };
}

export function telephone(random: Random): string {
  return `tel:+1317555${String(random.between([0, 10_000])).padStart(4, '0')}`;
}
