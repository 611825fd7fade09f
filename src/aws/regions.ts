import { partition } from '@aws-sdk/core/client';
import { editDistance } from '../domain/edit-distance.ts';

/**
 * Names to suggest for a region that the SDK does not know (AWS, "Regions and Availability Zones", November
 * 2026). A region that is missing here is not suggested, and works all the same.
 */
const REGIONS = [
  'af-south-1',
  'ap-east-1',
  'ap-east-2',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-central-1',
  'ca-west-1',
  'cn-north-1',
  'cn-northwest-1',
  'eu-central-1',
  'eu-central-2',
  'eu-north-1',
  'eu-south-1',
  'eu-south-2',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'eusc-de-east-1',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'mx-central-1',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-gov-east-1',
  'us-gov-west-1',
  'us-west-1',
  'us-west-2',
];

/** Suggested at most. */
const MAX_NAMES = 3;

/** Whether the SDK has data on the region. A region newer than the SDK is not known either, and may work. */
export function isKnownRegion(region: string): boolean {
  return 'description' in partition(region);
}

/** The known names that differ least from this one, nearest first. */
export function nearestRegions(region: string): readonly string[] {
  const ranked = REGIONS.map((name) => ({ name, distance: editDistance(region.toLowerCase(), name) }));
  ranked.sort((a, b) => a.distance - b.distance);
  const nearest = ranked[0]?.distance ?? 0;
  return ranked
    .filter(({ distance }) => distance <= nearest)
    .slice(0, MAX_NAMES)
    .map(({ name }) => name);
}

/**
 * What to check of the region in the name of a host of AWS, such as dynamodb.eu-wst-1.amazonaws.com: the end
 * of a sentence after `check`. Undefined for a known region and for an endpoint that names none.
 */
export function regionAdvice(host: string): string | undefined {
  const region = /^(?:\d+\.ddb|[^.]+)\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/.exec(host)?.[1];
  if (region === undefined || isKnownRegion(region)) return undefined;
  return `AWS_REGION (${region} is not a known region; the nearest are ${nearestRegions(region).join(', ')})`;
}
