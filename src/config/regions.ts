import { didYouMean } from '../domain/edit-distance.ts';

/**
 * Genesys Cloud's regions by their AWS name, and the domain of each (developer.genesys.cloud, "API regions").
 */
const REGIONS: ReadonlyMap<string, string> = new Map([
  ['us-east-1', 'mypurecloud.com'],
  ['us-east-2', 'use2.us-gov-pure.cloud'],
  ['us-west-2', 'usw2.pure.cloud'],
  ['ca-central-1', 'cac1.pure.cloud'],
  ['mx-central-1', 'mxc1.pure.cloud'],
  ['sa-east-1', 'sae1.pure.cloud'],
  ['eu-west-1', 'mypurecloud.ie'],
  ['eu-west-2', 'euw2.pure.cloud'],
  ['eu-central-1', 'mypurecloud.de'],
  ['eu-central-2', 'euc2.pure.cloud'],
  ['eusc-de-east-1', 'edee1.eusc-pure.cloud'],
  ['me-central-1', 'mec1.pure.cloud'],
  ['ap-south-1', 'aps1.pure.cloud'],
  ['ap-southeast-1', 'apse1.pure.cloud'],
  ['ap-southeast-2', 'mypurecloud.com.au'],
  ['ap-northeast-1', 'mypurecloud.jp'],
  ['ap-northeast-2', 'apne2.pure.cloud'],
  ['ap-northeast-3', 'apne3.pure.cloud'],
]);

const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/i;

/**
 * The domain of a region: `us-east-1` gives `mypurecloud.com`. A domain is taken as it is, so that a region
 * opened by Genesys tomorrow can be used today. Throws an Error that lists what is known.
 */
export function domainOf(region: unknown): string {
  const name = typeof region === 'string' ? region.toLowerCase() : '';
  const known = REGIONS.get(name);
  if (known !== undefined) return known;
  const host = /^(?:login|api|apps)\.(.+)$/.exec(name);
  if (host) throw new Error(`must be the domain alone, ${host[1]}, without login., api. or apps.`);
  if (DOMAIN.test(name)) return name;
  const names = [...REGIONS.keys()];
  throw new Error(`must be one of ${names.join(', ')}, or a domain such as mypurecloud.com${didYouMean(name, names)}`);
}
