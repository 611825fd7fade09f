import type { Route } from './http.ts';

/** The organisation that a simulated Genesys Cloud is. */
export interface SimulatedOrganisation {
  readonly id: string;
  readonly name: string;
}

export const SANDBOX_ORGANISATION: SimulatedOrganisation = {
  id: '0e5a1f3c-6b2d-4c8e-9a7f-5d4b3c2a1908',
  name: 'Sandbox',
};

/** Genesys asks no permission for it; this name only lets a simulation refuse it (`deny`). */
const TOKENS_ME = 'tokens:me';

/** GET /api/v2/tokens/me: whose the token of the request is. */
export function tokenRoutes(organization: SimulatedOrganisation, clientId: string): readonly Route[] {
  const OAuthClient = { id: clientId, name: 'genesys-poller', organization };
  return [
    {
      method: 'GET',
      path: /^\/api\/v2\/tokens\/me$/,
      permission: TOKENS_ME,
      handle: () => ({
        status: 200,
        json: { organization, homeOrganization: organization, authorizedScope: [], OAuthClient },
      }),
    },
  ];
}
