import type { EventData } from '../domain/event.ts';
import type { Names } from '../ports/names.ts';
import type { NameCache } from './name-cache.ts';

/** The names for an event: of its wrap-up code and of its campaign, as far as those are looked up. */
export function enrichment(caches: {
  readonly wrapUpCodes: NameCache | undefined;
  readonly campaigns: NameCache | undefined;
}): Names {
  const { wrapUpCodes, campaigns } = caches;
  return {
    prime() {
      wrapUpCodes?.prime();
      campaigns?.prime();
    },
    of({ disposition, outboundCampaignId }: EventData) {
      const names = {
        ...named('disposition', wrapUpCodes, disposition),
        ...named('outboundCampaign', campaigns, outboundCampaignId),
      };
      return Object.keys(names).length > 0 ? names : undefined;
    },
  };
}

function named(
  member: string,
  cache: NameCache | undefined,
  id: EventData[string] | undefined,
): Readonly<Record<string, string>> {
  const name = typeof id === 'string' ? cache?.nameOf(id) : undefined;
  return name === undefined ? {} : { [member]: name };
}
