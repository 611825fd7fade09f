import type { Fixtures, Named } from './fixtures.ts';
import { listing, Refusal, type Route } from './http.ts';

const CAMPAIGNS = '/api/v2/outbound/campaigns';

/**
 * GET /api/v2/routing/wrapupcodes and /api/v2/outbound/campaigns, as lists and one by one, and the list of
 * campaigns of all kinds.
 */
export function nameRoutes(fixtures: Fixtures): readonly Route[] {
  return [
    ...routesOf('/api/v2/routing/wrapupcodes', 'routing:wrapupCode:view', fixtures.wrapUpCodes, () => ({})),
    allCampaigns(fixtures),
    ...routesOf(CAMPAIGNS, 'outbound:campaign:view', fixtures.campaigns, (campaign) => ({
      campaignStatus: campaign.status,
      contactList: { id: campaign.contactListId },
      dialingMode: 'power',
    })),
  ];
}

function allCampaigns({ campaigns, digitalCampaigns }: Fixtures): Route {
  const voice = campaigns.map((campaign) => ({ ...campaign, mediaType: 'voice' }));
  const entities = [...voice, ...digitalCampaigns].map(({ id, name, mediaType }) => ({ id, name, mediaType }));
  return {
    method: 'GET',
    path: new RegExp(`^${CAMPAIGNS}/all$`),
    permission: ['campaign', 'messagingCampaign', 'emailCampaign', 'whatsAppCampaign'].map(
      (kind) => `outbound:${kind}:view`,
    ),
    handle: (inquiry) => ({ status: 200, json: listing(inquiry, entities, 100) }),
  };
}

function routesOf<T extends Named>(
  path: string,
  permission: string,
  things: readonly T[],
  more: (thing: T) => object,
): readonly Route[] {
  const entities = things.map((thing) => ({
    id: thing.id,
    name: thing.name,
    ...more(thing),
    selfUri: `${path}/${thing.id}`,
  }));
  return [
    {
      method: 'GET',
      path: new RegExp(`^${path}$`),
      permission,
      handle: (inquiry) => ({ status: 200, json: listing(inquiry, entities, 100) }),
    },
    {
      method: 'GET',
      path: new RegExp(`^${path}/([^/]+)$`),
      permission,
      handle: (_, id) => {
        const entity = entities.find((one) => one.id === id);
        if (!entity) throw new Refusal(404, 'not.found', 'The requested resource was not found.');
        return { status: 200, json: entity };
      },
    },
  ];
}
