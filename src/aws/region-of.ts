import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { withTimeLimit } from '../lib/abort.ts';
import type { Clock } from '../ports/clock.ts';

/** The SDK reads the region from a file, which may hang, milliseconds. */
const LIMIT = 2_000;

/**
 * The region that the SDK uses. Undefined where none is configured, or it is not found in time: the first call
 * then fails with that.
 */
export async function regionOf(
  { config }: { readonly config: Pick<DynamoDBClient['config'], 'region'> },
  clock: Clock,
): Promise<string | undefined> {
  try {
    return await withTimeLimit(() => config.region(), { clock, limit: LIMIT });
  } catch {
    return undefined;
  }
}
