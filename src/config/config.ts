import type { EventType } from '../domain/event.ts';
import type { Instant } from '../domain/instant.ts';
import type { PhoneNumbers } from '../domain/privacy.ts';
import type { Scope } from '../domain/selection.ts';

/** Where a stream without a checkpoint begins: at its first start, so long before it, or at a fixed instant. */
export type StartFrom =
  | { readonly kind: 'now' }
  | { readonly kind: 'ago'; readonly ms: number }
  | { readonly kind: 'at'; readonly instant: Instant };

/** The validated configuration. Every duration is in milliseconds; schedules are node-cron, six fields, UTC. */
export interface Config {
  readonly poller: {
    readonly name: string;
    readonly schedule: string;
    readonly shutdownTimeout: number;
    readonly heartbeatFile?: string;
    readonly watchConfig: boolean;
  };
  readonly genesys: {
    /** Without a trailing slash. */
    readonly loginUrl: string;
    /** Without a trailing slash. */
    readonly apiUrl: string;
    readonly clientId: string;
    /** Never to be logged. */
    readonly clientSecret: string;
    readonly requestsPerMinute: number;
    readonly requestTimeout: number;
  };
  readonly streams: {
    readonly conversations: {
      readonly enabled: boolean;
      readonly scope: Scope;
      readonly startFrom: StartFrom;
      readonly settle: number;
      readonly overlap: number;
      readonly lookback: number;
      readonly maxWindow: number;
      readonly query: 'changes' | 'interval';
    };
    readonly reconciliation: {
      readonly enabled: boolean;
      readonly schedule: string;
      readonly horizon: number;
    };
    readonly eventLog: { readonly enabled: boolean };
  };
  readonly events: { readonly include: readonly EventType[] };
  readonly privacy: { readonly phoneNumbers: PhoneNumbers };
  readonly enrich: { readonly wrapUpCodes: boolean; readonly campaigns: boolean };
  readonly dynamoDb: { readonly stateTable: string; readonly dedupTable: string };
  readonly dedup: {
    readonly ttl: number;
    /** IDs kept in memory. */
    readonly cacheSize: number;
  };
  readonly eventBridge: {
    readonly busType: 'classic' | 'v2';
    /** Name or ARN. */
    readonly bus: string;
    readonly source: string;
    readonly maxRequestBytes: number;
    /** PutEvents calls in flight. */
    readonly concurrency: number;
  };
  readonly lease: { readonly duration: number };
  readonly log: { readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' };
  readonly metrics: { readonly emf: boolean; readonly namespace: string };
}
