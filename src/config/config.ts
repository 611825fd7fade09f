import { domainOf } from './regions.ts';
import type { Settings } from './settings.ts';

/**
 * The validated configuration. Every key is declared once, in schema.ts. Here the region has become URLs,
 * without a trailing slash, and the credentials are there. `clientSecret` must never be logged.
 */
export type Config = Omit<Settings, 'genesys'> & {
  readonly genesys: Omit<Settings['genesys'], 'region' | Completed> & { readonly [Key in Completed]: string };
};

type Completed = 'loginUrl' | 'apiUrl' | 'clientId' | 'clientSecret';

/**
 * Completes valid settings that keep all rules. What a command does not need (`withoutGenesys`) is the empty
 * text.
 */
export function configOf(settings: Settings): Config {
  const { region, ...genesys } = settings.genesys;
  const urlOf = (service: 'login' | 'api') => (region === null ? '' : `https://${service}.${domainOf(region)}`);
  return {
    ...settings,
    genesys: {
      ...genesys,
      loginUrl: genesys.loginUrl ?? urlOf('login'),
      apiUrl: genesys.apiUrl ?? urlOf('api'),
      clientId: genesys.clientId ?? '',
      clientSecret: genesys.clientSecret ?? '',
    },
  };
}
