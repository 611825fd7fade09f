import type { EventLog } from '../../../src/ports/event-log.ts';
import type { Checkpoint } from '../../../src/ports/state-store.ts';
import { eventLogStream } from '../../../src/streams/event-log.ts';
import { at, CHECKPOINT, fixture, MINUTE, oneCycle, raisable } from '../../pipeline/fixture.ts';
import { entries, entry, type LogOptions, logOf, RULES } from './event-log.ts';

export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The stream under a real cycle, from a checkpoint on. */
export function underCycle(eventLog: EventLog, mostPages = 1_000) {
  const f = fixture();
  const { clock, log } = f;
  const begun = () => eventLogStream({ eventLog, rules: RULES, phoneNumbers: 'mask', clock, log, mostPages });
  let cycle = { ...f.cycle, stream: begun() };
  return {
    ...f,
    cycle,
    runs: (checkpoint: Checkpoint) => oneCycle(cycle, checkpoint, f.heldLeaseOf(), raisable().signals),
    /** Another process goes on from here. */
    restart() {
      cycle = { ...f.cycle, stream: begun() };
    },
  };
}

/**
 * A log of a hundred minutes under real cycles that follow one another, with what is put into it meanwhile.
 */
export function following(options: LogOptions = {}) {
  const held = entries(100);
  let now = at('10:00');
  const log = logOf(held, { now: () => now, ...options });
  const f = underCycle(log.eventLog);
  let checkpoint: Checkpoint = { ...CHECKPOINT, watermark: at('09:00'), origin: at('08:30') - 30 * DAY };
  return {
    ...f,
    ...log,
    /** An entry of that time appears now. */
    appears(id: string, time: number) {
      held.push(entry(id, time));
      held.sort((one, other) => other.timestamp.localeCompare(one.timestamp));
    },
    async pollAfter(ms: number) {
      now += ms;
      await f.clock.sleep(ms);
      const outcome = await f.runs(checkpoint);
      if (outcome.status === 'completed') checkpoint = outcome.checkpoint;
      return outcome;
    },
    published: () => f.bus.accepted.map(({ event }) => event.data.id),
    tooLate: () => f.logged('cycle.completed').map((line) => line.tooLate),
  };
}
