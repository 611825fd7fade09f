import type { Config } from '../config/config.ts';
import type { PollerLogSettings } from '../observability/poller-log.ts';

/** What the configuration says of the log. */
export function logSettings({ log, metrics }: Config): PollerLogSettings {
  return { level: log.level, metrics: metrics.emf ? metrics.namespace : undefined };
}
