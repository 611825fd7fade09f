import type { LogFields } from '../ports/log.ts';

/**
 * CloudWatch metrics without a port and without a permission: the line of a cycle is a document of the
 * Embedded Metric Format, from which CloudWatch Logs takes them. (Amazon CloudWatch User Guide,
 * "Specification: Embedded metric format".)
 *
 * A metric is a member of the line, named as it is there, so that no figure is written twice. Each metric
 * costs money for each stream, so only figures that an alarm or an operator always needs are metrics. The
 * other figures of the line are there for a query of the log, which costs only when it runs.
 */
const METRICS: readonly (readonly [member: string, unit: 'Count' | 'Seconds'])[] = [
  ['completedCycles', 'Count'],
  ['failedCycles', 'Count'],
  ['published', 'Count'],
  ['deadLettered', 'Count'],
  ['missed', 'Count'],
  ['genesysThrottled', 'Count'],
  ['lagSeconds', 'Seconds'],
];

/** Members of the line itself; an ID is never a dimension, since each value of one is a metric that costs. */
const DIMENSIONS = ['poller', 'stream'];

/** What makes a line with these members a metrics document. `now` is the wall clock, epoch milliseconds. */
export function metricsDocument(namespace: string, now: number, fields: LogFields): LogFields {
  const present = METRICS.filter(([member]) => typeof fields[member] === 'number');
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [DIMENSIONS],
          Metrics: present.map(([Name, Unit]) => ({ Name, Unit })),
        },
      ],
    },
  };
}
