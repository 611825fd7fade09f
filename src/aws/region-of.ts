import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** The region that the SDK uses; undefined where none is configured, which the first call then fails with. */
export async function regionOf({ config }: Pick<DynamoDBClient, 'config'>): Promise<string | undefined> {
  try {
    return await config.region();
  } catch {
    return undefined;
  }
}
