import type { Config } from '../config/config.ts';
import { startFromAt } from '../config/duration.ts';
import {
  EVENT_LOG,
  POLLED_STREAMS,
  type PolledStream,
  RECONCILIATION,
  STREAMS,
  type StreamName,
} from '../domain/streams.ts';
import type { GenesysClient } from '../genesys/client.ts';
import { GenesysJobs } from '../genesys/conversation-jobs.ts';
import { ConversationQuery } from '../genesys/conversation-query.ts';
import { GenesysEventLog } from '../genesys/event-log.ts';
import { campaigns, wrapUpCodes } from '../genesys/names.ts';
import { StallTracker } from '../lib/stall-tracker.ts';
import { enrichment } from '../pipeline/enrichment.ts';
import { NameCache } from '../pipeline/name-cache.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { NameList, Names } from '../ports/names.ts';
import type { CycleStateStore } from '../ports/state-store.ts';
import type { Stream } from '../ports/stream.ts';
import { conversationStream } from '../streams/conversations.ts';
import { eventLogStream } from '../streams/event-log.ts';
import { JobReader } from '../streams/job-reader.ts';
import { reconciliationStream } from '../streams/reconciliation.ts';

/** What streams are made of. */
export interface StreamDependencies {
  readonly config: Config;
  readonly genesys: GenesysClient;
  readonly state: CycleStateStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Since when each stream stands still; absent: each begins anew. */
  readonly stallTrackers?: StallTrackers;
}

export type StallTrackers = Readonly<Record<PolledStream, StallTracker>>;

export function stallTrackersOf(clock: Clock): StallTrackers {
  return {
    conversations: new StallTracker(clock),
    reconciliation: new StallTracker(clock),
    [EVENT_LOG]: new StallTracker(clock),
  };
}

/** Whether the configuration wants the stream polled. */
export function isEnabled({ streams }: Config, name: StreamName): boolean {
  const { section } = STREAMS[name];
  return section !== null && streams[section].enabled;
}

/** The streams that the configuration wants polled. */
export function enabledStreams(config: Config): readonly PolledStream[] {
  return POLLED_STREAMS.filter((name) => isEnabled(config, name));
}

/** When a stream is polled, a cron expression. */
export function scheduleOf({ poller, streams }: Config, name: PolledStream): string {
  return STREAMS[name].scheduledBy === 'poller' ? poller.schedule : streams.reconciliation.schedule;
}

/**
 * The stream of this name, made as the configuration says. `liveUpTo` tells how far the live stream has come
 * in this process.
 */
export function streamOf(
  name: PolledStream,
  dependencies: StreamDependencies,
  liveUpTo?: () => number | undefined,
): Stream {
  const makers: Readonly<Record<PolledStream, () => Stream>> = {
    conversations: () => liveStream(dependencies),
    reconciliation: () => reconciliationOf(dependencies, liveUpTo),
    [EVENT_LOG]: () => logStream(dependencies),
  };
  return makers[name]();
}

/** The near-real-time look at conversations. */
function liveStream({ config, genesys, clock, log, stallTrackers }: StreamDependencies): Stream {
  const { conversations } = config.streams;
  return conversationStream({
    source: new ConversationQuery({
      client: genesys,
      clock,
      log,
      stallTracker: stallTrackers?.conversations,
      ...conversations,
    }),
    rules: conversations,
    scope: conversations.scope,
    phoneNumbers: config.privacy.phoneNumbers,
    startsAt: (now) => startFromAt(conversations.startFrom, now),
  });
}

/** The reconciliation of conversations, with what the data lake guarantees. */
function reconciliationOf(
  { config, genesys, state, clock, log, stallTrackers }: StreamDependencies,
  liveUpTo?: () => number | undefined,
): Stream {
  const { conversations, reconciliation } = config.streams;
  const jobs = new GenesysJobs({ client: genesys, clock, scope: conversations.scope });
  return reconciliationStream({
    jobs,
    reader: new JobReader({ jobs, clock, log, stream: RECONCILIATION, stallTracker: stallTrackers?.reconciliation }),
    state,
    rules: { overlap: conversations.overlap, ...reconciliation },
    clock,
    requestsPerMinute: config.genesys.requestsPerMinute,
    scope: conversations.scope,
    phoneNumbers: config.privacy.phoneNumbers,
    isLiveEnabled: conversations.enabled,
    ...(liveUpTo && { liveUpTo }),
    startsAt: (now) => startFromAt(conversations.startFrom, now),
  });
}

/**
 * The dialer's event log. Its settling time and overlap are those of the conversations: both say how late
 * Genesys shows things.
 */
function logStream({ config, genesys, clock, log, stallTrackers }: StreamDependencies): Stream {
  return eventLogStream({
    eventLog: new GenesysEventLog({ client: genesys, clock }),
    rules: config.streams.conversations,
    phoneNumbers: config.privacy.phoneNumbers,
    clock,
    log,
    stallTracker: stallTrackers?.[EVENT_LOG],
  });
}

/** The names that the configuration asks for; the signal ends what goes on in the background. */
export function namesOf({ config, genesys, clock, log }: StreamDependencies, signal: AbortSignal): Names {
  const cacheOf = (kind: 'wrapUpCodes' | 'campaigns', list: NameList) =>
    config.enrich[kind] ? new NameCache({ kind, list, clock, log, signal }) : undefined;
  return enrichment({
    wrapUpCodes: cacheOf('wrapUpCodes', wrapUpCodes(genesys)),
    campaigns: cacheOf('campaigns', campaigns(genesys)),
  });
}
