import type { LogFields } from '../ports/log.ts';

/**
 * CloudWatch metrics without a port and without a permission: the line of a cycle is itself a document of the Embedded
 * Metric Format, from which CloudWatch Logs takes them. (Amazon CloudWatch User Guide, "Specification: Embedded metric format".)
 *
 * What a metric says is what the cycle did, whether it went well or not: `Published` counts what EventBridge accepted,
 * and a cycle is in exactly one of `CompletedCycles` and `FailedCycles`, or in neither when it was interrupted. The counts of a
 * cycle whose line is kept back are added to those of the stream's next line, so that every sum stays right.
 */

/** Counts, by the member of the cycle's line they are taken from. */
const COUNTS: Readonly<Record<string, string>> = {
  conversations: 'Conversations',
  derived: 'Derived',
  duplicates: 'Duplicates',
  tooOld: 'TooOld',
  tooLate: 'TooLate',
  published: 'Published',
  suppressed: 'Suppressed',
  deadLettered: 'DeadLettered',
  missed: 'MissedByLive',
  genesysRequests: 'GenesysRequests',
  genesysThrottled: 'GenesysThrottled',
  putEventsCalls: 'PutEventsCalls',
  dynamoCalls: 'DynamoCalls',
};

/** What is true of one moment or one cycle, and cannot be added up. */
const GAUGES: Readonly<Record<string, readonly [name: string, unit: string]>> = {
  lagSeconds: ['Lag', 'Seconds'],
  durationMs: ['CycleDuration', 'Milliseconds'],
};

/** What became of the cycle that a line reports. */
const OUTCOMES: Readonly<Record<string, { readonly CompletedCycles: number; readonly FailedCycles: number }>> = {
  'cycle.completed': { CompletedCycles: 1, FailedCycles: 0 },
  'cycle.failed': { CompletedCycles: 0, FailedCycles: 1 },
  'cycle.interrupted': { CompletedCycles: 0, FailedCycles: 0 },
};

/** Members of the line itself; an ID is never a dimension, since every value of one is a metric that costs. */
const DIMENSIONS = ['poller', 'stream'];

type Counts = Readonly<Record<string, number>>;

/** Makes metrics of the lines of cycles. */
export class CycleMetrics {
  /** Where CloudWatch puts the metrics; while undefined, lines are no documents. */
  namespace: string | undefined;
  private readonly now: () => number;
  /** Counts of cycles whose lines were kept back, by stream. */
  private readonly pending = new Map<unknown, Counts>();

  /** `now` is the wall clock. */
  constructor(options: { readonly namespace: string | undefined; readonly now: () => number }) {
    this.namespace = options.namespace;
    this.now = options.now;
  }

  /** A line that is not written: what it counts goes into the next one of its stream. Other lines than a cycle's are ignored. */
  keepBack(event: string, fields: LogFields): void {
    const counts = countsOf(event, fields);
    if (counts) this.pending.set(fields.stream, sum(this.pending.get(fields.stream), counts));
  }

  /** The members that make a line a metrics document; none for other lines than a cycle's. */
  membersOf(event: string, fields: LogFields): LogFields {
    const counts = countsOf(event, fields);
    if (!counts || this.namespace === undefined) return {};
    const sums = sum(this.pending.get(fields.stream), counts);
    this.pending.delete(fields.stream);
    const gauges = Object.entries(GAUGES).filter(([member]) => typeof fields[member] === 'number');
    return {
      ...sums,
      ...Object.fromEntries(gauges.map(([member, [name]]) => [name, fields[member]])),
      _aws: {
        Timestamp: this.now(),
        CloudWatchMetrics: [
          {
            Namespace: this.namespace,
            Dimensions: [DIMENSIONS],
            Metrics: [
              ...Object.keys(sums).map((Name) => ({ Name, Unit: 'Count' })),
              ...gauges.map(([, [Name, Unit]]) => ({ Name, Unit })),
            ],
          },
        ],
      },
    };
  }
}

/** A cycle that did not even begin has an outcome, and nothing to count. */
function countsOf(event: string, fields: LogFields): Counts | undefined {
  const outcome = OUTCOMES[event];
  if (!outcome || typeof fields.stream !== 'string') return undefined;
  const counted = Object.entries(COUNTS).filter(([member]) => typeof fields[member] === 'number');
  return { ...outcome, ...Object.fromEntries(counted.map(([member, name]) => [name, Number(fields[member])])) };
}

function sum(some: Counts = {}, others: Counts): Counts {
  const names = new Set([...Object.keys(some), ...Object.keys(others)]);
  return Object.fromEntries([...names].map((name) => [name, (some[name] ?? 0) + (others[name] ?? 0)]));
}
