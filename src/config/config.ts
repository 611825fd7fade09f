import { domainOf } from './regions.ts';
import type { Settings } from './settings.ts';

/**
 * The validated configuration. Every key is declared once, in schema.ts. Here the region has become URLs, without a
 * trailing slash, and the credentials are there. `clientSecret` must never be logged.
 */
export type Config = Omit<Settings, 'genesys'> & {
  readonly genesys: Omit<Settings['genesys'], 'region' | Completed> & { readonly [Key in Completed]: string };
};

type Completed = 'loginUrl' | 'apiUrl' | 'clientId' | 'clientSecret';

/** Completes valid settings that keep all rules. Credentials that a command does without are the text `null`. */
export function configOf(settings: Settings): Config {
  const { region, ...genesys } = settings.genesys;
  return {
    ...settings,
    genesys: {
      ...genesys,
      loginUrl: genesys.loginUrl ?? `https://login.${domainOf(region)}`,
      apiUrl: genesys.apiUrl ?? `https://api.${domainOf(region)}`,
      clientId: String(genesys.clientId),
      clientSecret: String(genesys.clientSecret),
    },
  };
}
