/**
 * List prices in US dollars, us-east-1, as of November 2026, free tiers not counted. Sources:
 * aws.amazon.com/eventbridge/pricing (custom events, each 64 KB or less) and aws.amazon.com/dynamodb/pricing
 * (on demand: write and read request units).
 */
const PER_EVENT = 1 / 1e6;
export const PER_WRITE_UNIT = 0.625 / 1e6;
export const PER_READ_UNIT = 0.125 / 1e6;
/** CloudWatch Logs, for a GB that is taken in (aws.amazon.com/cloudwatch/pricing). */
export const PER_LOG_GB = 0.5;

/**
 * What AWS charges for events, IDs written (one unit each) and IDs read with strong consistency (one unit
 * each).
 */
export function dollarsOf(counts: { events: number; idsWritten: number; idsRead: number }): number {
  return counts.events * PER_EVENT + counts.idsWritten * PER_WRITE_UNIT + counts.idsRead * PER_READ_UNIT;
}
