import type { SinkEntry } from '../domain/envelope.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestContext } from '../ports/request-context.ts';
import type { EntryResult, Sink } from '../ports/sink.ts';
import { ClassicSink } from './classic-sink.ts';
import type { AwsClients } from './clients.ts';
import { describeV2Bus, setUpClassicBus } from './setup-bus.ts';
import type { SetupStep } from './setup-table.ts';
import { V2Sink } from './v2-sink.ts';

/** A bus as the configuration names it. */
export interface BusSettings {
  readonly busType: 'classic' | 'v2';
  readonly bus: string;
  readonly maxRequestBytes: number;
}

/** A bus, and what else can be done about it. */
export interface TargetBus {
  readonly bus: Sink;
  /**
   * Creates it where it is missing and can be created; with `dryRun` it only looks. Rejects with a
   * Failure.
   */
  setUp(options: { readonly dryRun: boolean; readonly signal: AbortSignal }): Promise<SetupStep>;
  /**
   * Sends an entry that the bus is known to refuse for itself after it has looked whether the call is
   * allowed: one whose detail is not JSON. Undefined where that is not known of the bus, and the entry
   * might arrive.
   */
  tryRefused: ((entry: SinkEntry, context: RequestContext) => Promise<EntryResult | undefined>) | undefined;
}

/**
 * The bus that the configuration asks for: the one place that tells the kinds apart. Nothing has been
 * called yet.
 */
export function targetBus(
  { busType, bus: name, maxRequestBytes }: BusSettings,
  { eventBridge, eventBridgeV2 }: Pick<AwsClients, 'eventBridge' | 'eventBridgeV2'>,
  clock: Clock,
): TargetBus {
  const kinds: Readonly<Record<BusSettings['busType'], () => TargetBus>> = {
    classic() {
      const bus = new ClassicSink({ client: eventBridge, bus: name, maxRequestBytes, clock });
      return {
        bus,
        setUp: (options) => setUpClassicBus(eventBridge, name, options),
        async tryRefused(entry, context) {
          await bus.ready(context);
          return (await bus.put([entry], context))[0];
        },
      };
    },
    v2: () => ({
      bus: new V2Sink({ client: eventBridgeV2, bus: name, maxRequestBytes }),
      setUp: ({ signal }) => describeV2Bus(eventBridgeV2, name, signal),
      tryRefused: undefined,
    }),
  };
  return kinds[busType]();
}
