import type { GenesysEvent } from '../../../src/schema/events.ts';
import { Random } from '../../simulation/random.ts';
import type { Delivered, Mishap } from './consumers.ts';
import { copyOf } from './events.ts';

/** `SEED=7 npx ava …` is another storm. */
const SEED = Number(process.env.SEED ?? 1);

/** What a storm consists of. */
export interface StormOptions<E extends GenesysEvent> {
  readonly deliveries: number;
  readonly events: readonly E[];
  /** How likely each mishap is; otherwise all goes well. */
  readonly mishaps: Partial<Record<Mishap, number>>;
  /** Deliveries at the same time. */
  readonly workers: number;
  /** `doomed` is a delivery to a function whose time will be over at once. */
  deliver(event: E, mishap: Mishap, doomed: boolean): Promise<Delivered>;
}

/** What came of it. */
export interface Storm {
  readonly deliveries: number;
  /** Deliveries again of what was refused or crashed. */
  readonly again: number;
  /** Deliveries to which this happened. */
  readonly crashed: number;
  readonly refused: number;
  /** By key, how often a process was gone between the effect and the record. */
  readonly crashesAfter: ReadonlyMap<string, number>;
}

/**
 * Delivers each event at least once and as many copies as it takes, in any order, several at a time. What is
 * refused or crashes comes again at some other time, until it is handled, as EventBridge and Lambda do.
 */
export async function storm<E extends GenesysEvent>(options: StormOptions<E>): Promise<Storm> {
  const { deliveries, events, mishaps, workers, deliver } = options;
  const random = new Random(SEED, 0);
  const waiting: E[] = [...events];
  while (waiting.length < deliveries) waiting.push(copyOf(random.pick(events), waiting.length) as E);
  /** Copies often come together. */
  const next = (last: E | undefined): E => {
    const another = last && random.chance(0.4) ? waiting.findIndex((event) => keyOf(event) === keyOf(last)) : -1;
    const [event] = waiting.splice(another >= 0 ? another : random.int(0, waiting.length - 1), 1) as [E];
    return event;
  };
  let last: E | undefined;
  const sum = { again: 0, crashed: 0, refused: 0 };
  const crashesAfter = new Map<string, number>();

  const work = async () => {
    while (waiting.length > 0) {
      const event = next(last);
      last = event;
      const mishap = mishapOf(random, mishaps);
      const delivered = await deliver(event, mishap, mishap.startsWith('crashes'));
      if (delivered === 'handled') continue;
      sum[delivered] += 1;
      sum.again += 1;
      if (sum.again > 10 * deliveries) throw new Error(`${keyOf(event)} is refused for ever`);
      if (delivered === 'crashed' && mishap === 'crashesAfter') {
        crashesAfter.set(keyOf(event), (crashesAfter.get(keyOf(event)) ?? 0) + 1);
      }
      waiting.push(event);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return { deliveries, ...sum, crashesAfter };
}

/** A storm in one line. */
export function figures({ deliveries, again, crashed, refused }: Storm, events: number, effects: number): string {
  const repeated = `${again} again (${crashed} crashed, ${refused} refused)`;
  return `seed ${SEED}: ${deliveries} deliveries and ${repeated} of ${events} events: ${effects} effects`;
}

function keyOf({ detail }: GenesysEvent): string {
  return detail.metadata.idempotencyKey;
}

function mishapOf(random: Random, mishaps: StormOptions<GenesysEvent>['mishaps']): Mishap {
  let draw = random.next();
  for (const [mishap, likelihood] of Object.entries(mishaps)) {
    draw -= likelihood;
    if (draw < 0) return mishap as Mishap;
  }
  return 'none';
}
