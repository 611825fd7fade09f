import type { Fact } from './facts.ts';
import type { Fixtures } from './fixtures.ts';
import { createRandom, type Range } from './random.ts';

const MINUTE = 60_000;

/** An entry as GET /api/v2/outbound/events serves it (Genesys's EventLog). */
export interface LogEntry {
  readonly id: string;
  readonly timestamp: string;
  readonly level: 'INFO' | 'WARNING' | 'ERROR';
  readonly category: string;
  readonly eventMessage: { readonly code?: string; readonly [member: string]: unknown };
  readonly [member: string]: unknown;
}

/** The dialer's log: what happens to campaigns, beside the calls. */
export interface DialerLog {
  /** Writes on, up to a time. */
  advanceTo(time: number): void;
  /** What shows at a time, oldest first. */
  entriesAt(time: number): LogEntry[];
  facts(): Iterable<Fact>;
  /** When the last entry written so far shows; -Infinity if there is none. */
  readonly finalAt: number;
}

const MESSAGES = [
  { level: 'INFO', category: 'CAMPAIGN', code: 'RECYCLE_CAMPAIGN', message: 'The campaign begins its list anew.' },
  { level: 'INFO', category: 'CAMPAIGN', code: 'CAMPAIGN_STOPPED', message: 'The campaign was stopped.' },
  { level: 'WARNING', category: 'CAMPAIGN', code: 'CAMPAIGN_FORCE_STOPPED', message: 'The campaign was forced off.' },
  { level: 'ERROR', category: 'CONTACT', code: 'INVALID_PHONE_NUMBER', message: 'A contact has an invalid number.' },
  { level: 'INFO', category: 'CAMPAIGN', code: undefined, message: 'Something without a code happened.' },
] as const;

/**
 * Makes a log that begins at `from`, with `perMinute` entries a minute that show after `delay` milliseconds.
 */
export function createDialerLog(options: {
  readonly seed: number;
  readonly fixtures: Fixtures;
  readonly from: number;
  readonly perMinute: number;
  readonly delay: Range;
}): DialerLog {
  const random = createRandom(options.seed, 'dialer log');
  const written: { readonly entry: LogEntry; readonly at: number; readonly visibleAt: number }[] = [];
  const gap = () => (-Math.log(1 - random.next()) * MINUTE) / options.perMinute;
  let next = options.from + gap();
  let visibleAt = Number.NEGATIVE_INFINITY;

  const entry = (index: number, at: number): LogEntry => {
    const chance = createRandom(options.seed, 'dialer log', index);
    const { level, category, code, message } = chance.pick(MESSAGES);
    const campaign = chance.pick(options.fixtures.campaigns);
    return {
      id: chance.uuid(),
      name: message,
      timestamp: new Date(at).toISOString(),
      level,
      category,
      correlationId: chance.uuid(),
      relatedEntity: { id: campaign.id, name: campaign.name, selfUri: `/api/v2/outbound/campaigns/${campaign.id}` },
      eventMessage: { ...(code && { code }), message, messageParams: {} },
    };
  };
  return {
    advanceTo(time) {
      while (next <= time) {
        const at = Math.floor(next);
        visibleAt = Math.max(visibleAt, at + random.between(options.delay));
        written.push({ entry: entry(written.length, at), at, visibleAt });
        next += gap();
      }
    },
    entriesAt(time) {
      return written.filter((one) => one.visibleAt <= time).map((one) => one.entry);
    },
    *facts() {
      for (const { entry, at, visibleAt } of written) {
        yield {
          conversationId: entry.id,
          eventType: 'outboundEventLogged',
          timestamp: at,
          participantId: '',
          sessionId: '',
          qualifier: entry.eventMessage.code ?? '',
          visibleAt,
          lateness: 'prompt',
          originatingDirection: '',
          campaign: false,
          conversationStart: Number.NaN,
        };
      }
    },
    get finalAt() {
      return visibleAt;
    },
  };
}
