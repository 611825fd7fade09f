import { createRandom } from './random.ts';

/** A thing with a name, as Genesys refers to it. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

/** Who and what appears in the world's stories: the same for the same seed. */
export interface Fixtures {
  readonly divisions: readonly Named[];
  readonly campaigns: readonly (Named & { readonly contactListId: string; readonly status: string })[];
  readonly digitalCampaigns: readonly (Named & { readonly mediaType: string })[];
  readonly queues: readonly Named[];
  readonly agents: readonly Named[];
  /** Codes that agents choose. */
  readonly wrapUpCodes: readonly Named[];
  /** Codes that agents once chose and that exist no more: records bear them, no look-up knows them. */
  readonly forgottenCodes: readonly string[];
}

/** What the dialer itself writes as a wrap-up code (seen in real records). */
export const SYSTEM_CODES = [
  'ININ-OUTBOUND-PREVIEW-SKIPPED',
  'ININ-OUTBOUND-INVALID-PHONE-NUMBER',
  'ININ-OUTBOUND-ON-DO-NOT-CALL-LIST',
  'ININ-OUTBOUND-SIT-UNCALLABLE',
  'ININ-OUTBOUND-STUCK-INTERACTION',
  'ININ-OUTBOUND-CAMPAIGN-FORCED-OFF',
  'ININ-OUTBOUND-TRANSFERRED-TO-QUEUE',
  'OUTBOUND-INVALID-AGENT',
] as const;

/**
 * Genesys's own code where an agent's time for the wrap-up runs out: it stands on the agent's segment (seen
 * in real records).
 */
export const WRAP_UP_TIMEOUT = 'ININ-WRAP-UP-TIMEOUT';

/** The fixtures of the world with this seed. */
export function createFixtures(seed: number): Fixtures {
  const random = createRandom(seed, 'cast');
  const named = (name: string): Named => ({ id: random.uuid(), name });
  return {
    divisions: ['Home', 'Collections'].map(named),
    campaigns: ['Autumn renewals', 'Winback', 'Payment reminders'].map((name) => ({
      ...named(name),
      contactListId: random.uuid(),
      status: 'on',
    })),
    queues: ['Renewals', 'Retention', 'Collections', 'Service'].map(named),
    agents: ['Ada', 'Blaise', 'Carl', 'Dorothy', 'Edsger', 'Frances', 'Grace', 'Hedy', 'Ida', 'John'].map(named),
    wrapUpCodes: ['Sale', 'Not interested', 'Call back', 'Wrong number', 'Promise to pay', 'Complaint'].map(named),
    forgottenCodes: [random.uuid()],
    digitalCampaigns: ['messaging', 'email', 'whatsApp'].map((mediaType) => ({
      ...named(`Reminders by ${mediaType}`),
      mediaType,
    })),
  };
}
