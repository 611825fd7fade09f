import { EVENT_TYPES } from '../domain/catalogue.ts';

/**
 * Every key: its format (formats.ts), its default as one would write it, and what it means. `nullable` keys
 * have no default and may be left empty. The value of a `sensitive` key never appears in a message: the
 * credentials, and the URLs, because a URL may contain a password. `shown` is how the reference prints a
 * default that is not a value.
 */
export const SCHEMA = {
  poller: {
    name: {
      format: 'pollerName',
      default: 'default',
      doc: 'Prefixes the state in DynamoDB: several pollers may share the tables, each organisation under a name of its own. Else `GENESYS_POLLER_NAME`.',
    },
    schedule: {
      format: 'schedule',
      default: '*/30 * * * * *',
      doc: 'When to poll: node-cron, six fields, UTC. Polls never overlap.',
    },
    shutdownTimeout: {
      format: 'duration',
      default: '25s',
      min: '0s',
      max: '1h',
      doc: 'How long work in flight may take to finish after SIGTERM.',
    },
    heartbeatFile: {
      format: 'path',
      default: null,
      nullable: true,
      doc: 'A file that is replaced atomically after every cycle and during a long one; `health` reads it.',
    },
    watchConfig: {
      format: 'flag',
      default: true,
      doc: 'Reload when this file, or a file with a secret, changes. SIGHUP always reloads.',
    },
  },
  genesys: {
    region: {
      format: 'region',
      default: null,
      nullable: true,
      shown: 'required unless both URLs are set',
      doc: 'AWS-style region name (`us-east-1`, `eu-west-1`, …) or a domain such as `mypurecloud.com`.',
    },
    loginUrl: {
      format: 'baseUrl',
      default: null,
      nullable: true,
      sensitive: true,
      shown: 'from the region',
      doc: 'Base URL of the login service. https, or http on localhost.',
    },
    apiUrl: {
      format: 'baseUrl',
      default: null,
      nullable: true,
      sensitive: true,
      shown: 'from the region',
      doc: 'Base URL of the Platform API. https, or http on localhost.',
    },
    clientId: {
      format: 'credential',
      default: null,
      nullable: true,
      sensitive: true,
      shown: 'required',
      doc: 'First found wins: `GENESYS_CLIENT_ID`, the file named by `GENESYS_CLIENT_ID_FILE`, the systemd credential `genesys-client-id`, this key. Never logged.',
    },
    clientSecret: {
      format: 'credential',
      default: null,
      nullable: true,
      sensitive: true,
      shown: 'required',
      doc: 'First found wins: `GENESYS_CLIENT_SECRET`, the file named by `GENESYS_CLIENT_SECRET_FILE`, the systemd credential `genesys-client-secret`, this key. Never logged.',
    },
    requestsPerMinute: {
      format: 'whole',
      default: 240,
      min: 1,
      doc: 'Never more requests in any 60 seconds, all streams together. Genesys allows a token 300, and more on request.',
    },
    requestTimeout: {
      format: 'duration',
      default: '30s',
      min: '100ms',
      max: '10m',
      doc: 'How long one request may take.',
    },
  },
  streams: {
    conversations: {
      enabled: { format: 'flag', default: true, doc: 'Poll conversations, near real time.' },
      scope: {
        format: ['outbound', 'campaign', 'all'],
        default: 'outbound',
        doc: '`outbound` (originatingDirection is outbound), `campaign` (some session has an outboundCampaignId) or `all`. A conversation keeps the direction in which it began: `outbound` leaves out the dial-outs of callbacks that began as calls, and replies in e-mail conversations that began inbound and were reopened; `all` has them.',
      },
      startFrom: {
        format: 'startFrom',
        default: 'now',
        doc: '`now`, a duration back (`24h`) or a timestamp (`2026-01-31T08:00:00Z`). Used only where no checkpoint exists.',
      },
      settle: {
        format: 'duration',
        default: '60s',
        min: '0s',
        max: '1d',
        doc: 'A window ends this long before now.',
      },
      overlap: {
        format: 'duration',
        default: '5m',
        min: '0s',
        max: '31d',
        doc: 'How late a record may appear and still be found by this stream. One window in every `overlap` reads back that far, the others read back `settle`. Less than `maxWindow`.',
      },
      lookback: {
        format: 'duration',
        default: '2d',
        min: '1m',
        max: '31d',
        doc: 'How long ago a conversation may have started. With `query: changes`, at most 31d together with `maxWindow`.',
      },
      maxWindow: {
        format: 'duration',
        default: '1h',
        min: '1s',
        max: '31d',
        doc: 'A longer gap is read in slices of at most this, oldest first. With `query: interval`, at most 7d unless the scope is `outbound`.',
      },
      query: {
        format: ['changes', 'interval'],
        default: 'changes',
        doc: '`changes` finds every conversation in which something ended in the window; `interval` is the plain fallback.',
      },
    },
    reconciliation: {
      enabled: { format: 'flag', default: true, doc: 'Re-read what the data lake guarantees, for completeness.' },
      schedule: {
        format: 'schedule',
        default: '0 15 * * * *',
        doc: 'When to re-read: node-cron, six fields, UTC.',
      },
      horizon: {
        format: 'duration',
        default: '3d',
        min: '1m',
        max: '31d',
        doc: 'How far back to re-read.',
      },
      horizonEvery: {
        format: 'duration',
        default: '6h',
        min: '1s',
        max: '31d',
        doc: 'How often all of the horizon is re-read, spread evenly, with at most about a tenth of the request budget. Longer than the horizon counts as the horizon, shorter than five minutes as five minutes.',
      },
    },
    eventLog: {
      enabled: { format: 'flag', default: true, doc: "Poll the dialer's event log." },
    },
  },
  events: {
    include: {
      format: 'eventTypes',
      default: EVENT_TYPES,
      shown: 'all',
      doc: 'The event types to publish.',
    },
  },
  privacy: {
    phoneNumbers: {
      format: ['omit', 'mask', 'include'],
      default: 'mask',
      doc: '`omit`, `mask` (the last four digits remain) or `include`.',
    },
  },
  enrich: {
    wrapUpCodes: {
      format: 'flag',
      default: true,
      doc: 'Add the names of wrap-up codes. A failing look-up never holds an event back.',
    },
    campaigns: {
      format: 'flag',
      default: true,
      doc: 'Add the names of campaigns. A failing look-up never holds an event back.',
    },
  },
  dynamoDb: {
    stateTable: {
      format: 'tableName',
      default: 'GenesysPollerState',
      doc: 'Checkpoints, leases and dead letters. Keys `pk` (S), `sk` (S).',
    },
    dedupTable: {
      format: 'tableName',
      default: 'GenesysEventDedup',
      doc: 'IDs of what was published. Key `id` (S), TTL attribute `ttl` (N, epoch seconds).',
    },
  },
  dedup: {
    ttl: {
      format: 'duration',
      default: '7d',
      min: '1d',
      max: '3650d',
      doc: 'How long an ID is remembered: at least a day more than the larger of `streams.reconciliation.horizon` and `streams.conversations.lookback`. `check` warns where it is shorter than `horizon`, `horizonEvery` and two days together: the data lake lags up to a day.',
    },
    cacheSize: {
      format: 'whole',
      default: 200_000,
      min: 1,
      max: 10_000_000,
      doc: 'IDs kept in memory in front of the table.',
    },
  },
  eventBridge: {
    busType: {
      format: ['classic', 'v2'],
      default: 'classic',
      doc: '`classic`, or `v2`: a custom event bus of the new kind, which suppresses repeats itself.',
    },
    bus: {
      format: 'busName',
      default: 'genesys-outbound-events',
      doc: 'Name or ARN of the event bus; for `v2` the ARN, `arn:aws:events:REGION:ACCOUNT:event-busv2/NAME/ID`.',
    },
    source: {
      format: 'source',
      default: 'com.genesys.cloud.outbound',
      doc: 'The `source` of every event. Must not begin with `aws.`.',
    },
    maxRequestBytes: {
      format: 'whole',
      default: 262_144,
      min: 4_096,
      max: 1_048_576,
      doc: 'Size of a PutEvents request. Some regions still allow 256 KB, most 1 MB.',
    },
    concurrency: {
      format: 'whole',
      default: 16,
      min: 1,
      max: 100,
      doc: 'PutEvents calls in flight, all streams of the process together.',
    },
  },
  lease: {
    duration: {
      format: 'duration',
      default: '30s',
      min: '3s',
      max: '1h',
      doc: 'One active poller for each stream holds a lease of this length, renewed every third of it.',
    },
  },
  log: {
    level: {
      format: ['trace', 'debug', 'info', 'warn', 'error'],
      default: 'info',
      doc: '`debug`, `info`, `warn` or `error`; `trace` is the same as `debug`. Metrics need `info` or lower.',
    },
  },
  metrics: {
    emf: {
      format: 'flag',
      default: true,
      doc: "CloudWatch Embedded Metric Format in the cycle's own log line. Where the log goes to CloudWatch Logs, this makes 6 or 7 custom metrics for each stream at $0.30 a month: $5.70 for three (aws.amazon.com/cloudwatch/pricing, us-east-1, November 2026).",
    },
    namespace: { format: 'namespace', default: 'GenesysPoller', doc: 'CloudWatch namespace of the metrics.' },
  },
} as const;
