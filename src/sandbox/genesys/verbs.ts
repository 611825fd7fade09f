import type { Lateness } from './facts.ts';
import type { Named } from './fixtures.ts';
import type { Leg, Teller } from './recorder.ts';

/*
 * What happens in a contact centre, one verb each. A verb changes the record the way Genesys would, and states the facts
 * of the event catalogue that come true by it. All times in epoch milliseconds.
 */

type Members = Readonly<Record<string, unknown>>;

/** A number is dialled. `session` tells on whose behalf. */
export function dial(teller: Teller, at: number, purpose: string, session: Members): Leg {
  const leg = teller.join(at, { purpose }, { mediaType: 'voice', direction: 'outbound', ...session });
  teller.open(leg, at, 'dialing', [teller.fact('contactDialed', at, leg)]);
  return leg;
}

/** Call analysis comes to a verdict on a line that has been dialled. */
export function analyse(teller: Teller, leg: Leg, at: number, dispositionName: string, analyzer: string): void {
  teller.write(at, leg.session, { dispositionName, dispositionAnalyzer: analyzer }, [
    teller.fact('callAnalyzed', leg.since, leg, dispositionName),
  ]);
}

/** A dialled line ends without anybody having been there. */
export function giveUp(teller: Teller, leg: Leg, at: number, disconnectType: string): void {
  teller.close(leg, at, [], { disconnectType });
}

/** The contact answers, or is there from the start. */
export function connectContact(teller: Teller, leg: Leg, at: number): void {
  if (leg.open) teller.close(leg, at, []);
  teller.open(leg, at, 'interact', [teller.fact('contactConnected', at, leg)]);
}

/** The contact's line ends. */
export function contactLeaves(teller: Teller, leg: Leg, at: number, disconnectType: string): void {
  teller.close(leg, at, [teller.fact('contactDisconnected', at, leg)], { disconnectType });
}

/** The conversation waits in a queue. */
export function enterQueue(teller: Teller, at: number, queue: Named, session: Members): Leg {
  const leg = teller.join(at, { purpose: 'acd', participantName: queue.name }, session);
  teller.open(leg, at, 'interact', [teller.fact('queueEntered', at, leg)], { queueId: queue.id });
  return leg;
}

/** Genesys fills in the queue on the contact's own segment, minutes after that began. No fact comes of it. */
export function fillInQueue(teller: Teller, contact: Leg, at: number, queue: Named): void {
  if (contact.open) teller.write(at, contact.open, { queueId: queue.id });
}

export function leaveQueue(teller: Teller, leg: Leg, at: number, disconnectType: string): void {
  teller.close(leg, at, [teller.fact('queueExited', at, leg)], { disconnectType });
}

/** An agent's telephone rings. */
export function alertAgent(teller: Teller, at: number, agent: Named, queue: Named | undefined, session: Members): Leg {
  const leg = teller.join(at, { purpose: 'agent', userId: agent.id, participantName: agent.name }, session);
  teller.open(leg, at, 'alert', [teller.fact('agentAlerted', at, leg)], queue && { queueId: queue.id });
  return leg;
}

/** The agent did not answer. */
export function stopAlerting(teller: Teller, leg: Leg, at: number, disconnectType: string, errorCode?: string): void {
  teller.close(leg, at, [], { disconnectType, ...(errorCode && { errorCode }) });
}

export function agentAnswers(teller: Teller, leg: Leg, at: number, queue: Named | undefined): void {
  if (leg.open) teller.close(leg, at, []);
  teller.open(leg, at, 'interact', [teller.fact('agentCallConnected', at, leg)], queue && { queueId: queue.id });
}

/** The agent puts the contact on hold: the talk is interrupted, nobody has hung up. */
export function hold(teller: Teller, leg: Leg, at: number): void {
  teller.close(leg, at, []);
  teller.open(leg, at, 'hold', []);
}

export function resume(teller: Teller, leg: Leg, at: number): void {
  teller.close(leg, at, []);
  teller.open(leg, at, 'interact', []);
}

/** The agent's line ends, while talking or while holding. */
export function agentLeaves(teller: Teller, leg: Leg, at: number, disconnectType: string): void {
  teller.close(leg, at, [teller.fact('agentCallDisconnected', at, leg)], { disconnectType });
}

/** An agent's work after the talk, and the code given to it. */
export interface WrapUp {
  /** May lie before the end of the talk. */
  readonly from: number;
  /** May be `from`. */
  readonly to: number;
  readonly code: string;
  /** When the code appears; after `to` it is late. */
  readonly codeAt: number;
  /** Another code in its place, later. */
  readonly changed?: { readonly code: string; readonly at: number };
  readonly disconnectType?: string;
}

/** A code is a fact once its segment has ended, dated with that end. */
export function wrapUp(teller: Teller, leg: Leg, work: WrapUp): void {
  const { open } = leg;
  const segment = teller.open(
    leg,
    work.from,
    'wrapup',
    [],
    work.disconnectType ? { disconnectType: work.disconnectType } : {},
  );
  const first = disposition(teller, leg, work.to, work.code, work.codeAt > work.to ? 'late' : 'prompt');
  if (work.codeAt > work.to) {
    teller.close(leg, work.to, []);
    teller.write(work.codeAt, segment, { wrapUpCode: work.code }, [first]);
  } else {
    if (work.codeAt < work.to) teller.write(work.codeAt, segment, { wrapUpCode: work.code });
    teller.close(leg, work.to, [first], { wrapUpCode: work.code });
  }
  if (work.changed) {
    const second = disposition(teller, leg, work.to, work.changed.code, 'changed');
    teller.write(work.changed.at, segment, { wrapUpCode: work.changed.code }, [second], first);
  }
  // A wrap-up that begins before the end of the talk leaves the talk open.
  if (open) leg.open = open;
}

/** The dialer's own verdict, on its own participant; `shownAt` later than `at` is how Genesys sometimes reprocesses. */
export function dialerDecides(
  teller: Teller,
  at: number,
  code: string,
  session: Members,
  late: { readonly at: number; readonly whole: boolean } | undefined,
): void {
  const joined = late?.whole ? late.at : at;
  const leg = teller.join(joined, { purpose: 'outbound' }, { mediaType: 'voice', direction: 'outbound', ...session });
  const fact = disposition(teller, leg, at, code, late ? 'late' : 'prompt');
  const segment = { parent: leg.session, list: 'segments' } as const;
  const times = { segmentType: 'system', segmentStart: teller.stamp(at), segmentEnd: teller.stamp(at) };
  if (late && !late.whole) {
    teller.write(at, segment, times);
    teller.write(late.at, segment, { wrapUpCode: code }, [fact]);
  } else {
    teller.write(joined, segment, { ...times, wrapUpCode: code }, [fact]);
  }
}

function disposition(teller: Teller, leg: Leg, at: number, code: string, lateness: Lateness) {
  return teller.fact('dispositionSet', at, leg, code, lateness);
}
