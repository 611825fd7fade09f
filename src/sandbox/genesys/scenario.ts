import type { Cast, Named } from './fixtures.ts';
import type { Random, Range } from './random.ts';
import type { Teller } from './recorder.ts';

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

/** What a storyteller has at hand. */
export interface Tale {
  readonly teller: Teller;
  readonly random: Random;
  readonly cast: Cast;
  /** When the story begins. */
  readonly start: number;
  /** How fast life is: 1 is real, 0.02 makes seconds of minutes. */
  readonly pace: number;
  readonly latecomers: Latecomers;
  /** How long an e-mail conversation lasts, milliseconds. */
  readonly emailMs: Range;
}

/** A duration between so many and so many seconds of real life, in milliseconds of this world, at least one. */
export function span(tale: Tale, from: number, to: number): number {
  return Math.max(1, Math.round(tale.random.between([from * 1000, to * 1000]) * tale.pace));
}

/** By how much something comes late; undefined if it does not. */
export function lateness(tale: Tale): number | undefined {
  const { share, by } = tale.latecomers;
  return by.length > 0 && tale.random.chance(share) ? tale.random.between(tale.random.pick(by)) : undefined;
}

/** A code an agent chooses; now and then one that has been deleted since. */
export function chooseCode(tale: Tale): string {
  const { random, cast } = tale;
  return random.chance(0.05) ? random.pick(cast.forgottenCodes) : random.pick<Named>(cast.wrapUpCodes).id;
}

/** What a session of a campaign bears. */
export function campaignSession(tale: Tale): Readonly<Record<string, unknown>> {
  const { random, cast } = tale;
  const campaign = random.pick(cast.campaigns);
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
