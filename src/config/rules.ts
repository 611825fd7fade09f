import { POLLED_STREAMS, STREAMS } from '../domain/streams.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { type KeyName, type Settings, TOP_LEVEL } from './settings.ts';

/** A rule between settings. It is judged only where each of its keys is valid by itself. */
interface Rule {
  readonly keys: readonly KeyName[];
  /** The problem in words, undefined if there is none. */
  readonly broken: (settings: Settings) => string | undefined | false;
}

const DAY = parseDuration('1d');
/** Intervals the conversation query takes (Genesys: 7 days without a filter, 31 with one). */
const MAX_FILTERED_INTERVAL_MS = 31 * DAY;
const MAX_UNFILTERED_INTERVAL_MS = 7 * DAY;

/** Name and ID are as AWS documents them (API reference of PutEvents, EventBusArn). */
const V2_BUS = /^arn:aws[\w-]*:events:[\w-]+:\d{12}:event-busv2\/[A-Za-z0-9][.\w-]{0,255}\/[a-z0-9]{25}$/;
const ANY_V2_BUS = /^arn:[^/]*:event-busv2\//;

/** Each polled stream has a section with its `enabled`. */
const SECTIONS = POLLED_STREAMS.map((name) => STREAMS[name].section);

const RULES: readonly Rule[] = [
  {
    keys: ['genesys.region', 'genesys.loginUrl', 'genesys.apiUrl'],
    broken: ({ genesys }) =>
      genesys.region === null &&
      (genesys.loginUrl === null || genesys.apiUrl === null) &&
      'genesys.region is required, unless genesys.loginUrl and genesys.apiUrl are both set',
  },
  {
    keys: ['genesys.clientId'],
    broken: ({ genesys }) =>
      genesys.clientId === null &&
      'genesys.clientId is required: set GENESYS_CLIENT_ID, GENESYS_CLIENT_ID_FILE, the systemd credential genesys-client-id, or the key',
  },
  {
    keys: ['genesys.clientSecret'],
    broken: ({ genesys }) =>
      genesys.clientSecret === null &&
      'genesys.clientSecret is required: set GENESYS_CLIENT_SECRET, GENESYS_CLIENT_SECRET_FILE, the systemd credential genesys-client-secret, or the key',
  },
  {
    keys: SECTIONS.map((section) => `streams.${section}.enabled` as const),
    broken: ({ streams }) =>
      !SECTIONS.some((section) => streams[section].enabled) &&
      `streams: at least one of ${SECTIONS.slice(0, -1).join(', ')} and ${SECTIONS.at(-1)} must be enabled`,
  },
  {
    keys: ['streams.conversations.overlap', 'streams.conversations.maxWindow'],
    broken: ({ streams: { conversations } }) =>
      conversations.overlap >= conversations.maxWindow &&
      `streams.conversations.overlap (${formatDuration(conversations.overlap)}) must be less than streams.conversations.maxWindow (${formatDuration(conversations.maxWindow)}), or no window would get past the checkpoint`,
  },
  {
    keys: ['streams.conversations.query', 'streams.conversations.lookback', 'streams.conversations.maxWindow'],
    broken: ({ streams: { conversations } }) =>
      conversations.query === 'changes' &&
      conversations.lookback + conversations.maxWindow > MAX_FILTERED_INTERVAL_MS &&
      `streams.conversations.lookback (${formatDuration(conversations.lookback)}) and streams.conversations.maxWindow (${formatDuration(conversations.maxWindow)}) must be at most 31d together: Genesys takes no longer interval`,
  },
  {
    keys: ['streams.conversations.query', 'streams.conversations.scope', 'streams.conversations.maxWindow'],
    broken: ({ streams: { conversations } }) =>
      conversations.query === 'interval' &&
      // Only the scope `outbound` is a filter of the query itself.
      conversations.scope !== 'outbound' &&
      conversations.maxWindow > MAX_UNFILTERED_INTERVAL_MS &&
      `streams.conversations.maxWindow (${formatDuration(conversations.maxWindow)}) must be at most 7d with query interval and scope ${conversations.scope}: Genesys takes no longer interval without a filter`,
  },
  {
    keys: ['dedup.ttl', 'streams.reconciliation.horizon', 'streams.conversations.lookback'],
    broken: ({ dedup, streams: { reconciliation, conversations } }) => {
      const furthest = Math.max(reconciliation.horizon, conversations.lookback);
      const least = furthest + DAY;
      return (
        dedup.ttl < least &&
        `dedup.ttl (${formatDuration(dedup.ttl)}) must be at least ${formatDuration(least)}: a day more than the larger of streams.reconciliation.horizon (${formatDuration(reconciliation.horizon)}) and streams.conversations.lookback (${formatDuration(conversations.lookback)}), or what is read again would be taken for new`
      );
    },
  },
  {
    keys: ['dynamoDb.stateTable', 'dynamoDb.dedupTable'],
    broken: ({ dynamoDb }) =>
      dynamoDb.stateTable === dynamoDb.dedupTable &&
      `dynamoDb.stateTable and dynamoDb.dedupTable must be two tables, not both ${dynamoDb.stateTable}: their keys differ`,
  },
  {
    keys: ['eventBridge.busType', 'eventBridge.bus'],
    broken: ({ eventBridge }) =>
      eventBridge.busType === 'v2' &&
      !V2_BUS.test(eventBridge.bus) &&
      `eventBridge.bus (${eventBridge.bus}) must be the ARN of a v2 bus, arn:aws:events:REGION:ACCOUNT:event-busv2/NAME/ID, for eventBridge.busType v2`,
  },
  {
    keys: ['eventBridge.busType', 'eventBridge.bus'],
    broken: ({ eventBridge }) =>
      eventBridge.busType === 'classic' &&
      ANY_V2_BUS.test(eventBridge.bus) &&
      `eventBridge.bus (${eventBridge.bus}) is the ARN of a v2 bus: set eventBridge.busType to v2`,
  },
];

/**
 * Every rule that the settings break, except rules about a key that is invalid itself or in an invalid
 * section.
 */
export function brokenRules(settings: Settings, invalid: ReadonlySet<string>): readonly string[] {
  const judgeable = (key: KeyName) =>
    ![...invalid].some((name) => name === TOP_LEVEL || name === key || key.startsWith(`${name}.`));
  return RULES.filter((rule) => rule.keys.every(judgeable))
    .map((rule) => rule.broken(settings))
    .filter((problem) => typeof problem === 'string');
}
