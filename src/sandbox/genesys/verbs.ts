import type { Lateness } from './facts.ts';
import type { Named } from './fixtures.ts';
import type { Leg, Recorder } from './recorder.ts';

/*
 * What happens in a contact centre, one verb each. A verb changes the record the way Genesys would, and
 * states the facts of the event catalogue that come true by it. All times in epoch milliseconds.
 */

type Members = Readonly<Record<string, unknown>>;

/** A number is dialled. `session` says on whose behalf. */
export function dial(recorder: Recorder, at: number, purpose: string, session: Members): Leg {
  const leg = recorder.join(at, { purpose }, { mediaType: 'voice', direction: 'outbound', ...session });
  recorder.open(leg, at, 'dialing', [recorder.fact('contactDialed', at, leg)]);
  return leg;
}

/** Call analysis comes to a verdict on a line that has been dialled. */
export function analyse(recorder: Recorder, leg: Leg, at: number, dispositionName: string, analyzer: string): void {
  recorder.write(at, leg.session, { dispositionName, dispositionAnalyzer: analyzer }, [
    recorder.fact('callAnalyzed', leg.since, leg, dispositionName),
  ]);
}

/** A dialled line ends unanswered. */
export function giveUp(recorder: Recorder, leg: Leg, at: number, disconnectType: string): void {
  recorder.close(leg, at, [], { disconnectType });
}

/** The contact answers, or is there from the start. */
export function connectContact(recorder: Recorder, leg: Leg, at: number): void {
  if (leg.open) recorder.close(leg, at, []);
  recorder.open(leg, at, 'interact', [recorder.fact('contactConnected', at, leg)]);
}

/** The contact's line ends. */
export function contactLeaves(recorder: Recorder, leg: Leg, at: number, disconnectType: string): void {
  recorder.close(leg, at, [recorder.fact('contactDisconnected', at, leg)], { disconnectType });
}

/** The conversation waits in a queue. */
export function enterQueue(recorder: Recorder, at: number, queue: Named, session: Members): Leg {
  const leg = recorder.join(at, { purpose: 'acd', participantName: queue.name }, session);
  recorder.open(leg, at, 'interact', [recorder.fact('queueEntered', at, leg)], { queueId: queue.id });
  return leg;
}

/** Genesys fills in the queue on the contact's own segment, minutes after that began. No fact comes of it. */
export function fillInQueue(recorder: Recorder, contact: Leg, at: number, queue: Named): void {
  if (contact.open) recorder.write(at, contact.open, { queueId: queue.id });
}

export function leaveQueue(recorder: Recorder, leg: Leg, at: number, disconnectType: string): void {
  recorder.close(leg, at, [recorder.fact('queueExited', at, leg)], { disconnectType });
}

/** An agent's telephone rings. */
export function alertAgent(
  recorder: Recorder,
  at: number,
  agent: Named,
  queue: Named | undefined,
  session: Members,
): Leg {
  const leg = recorder.join(at, { purpose: 'agent', userId: agent.id, participantName: agent.name }, session);
  recorder.open(leg, at, 'alert', [recorder.fact('agentAlerted', at, leg)], queue && { queueId: queue.id });
  return leg;
}

/** The agent did not answer. */
export function stopAlerting(
  recorder: Recorder,
  leg: Leg,
  at: number,
  disconnectType: string,
  errorCode?: string,
): void {
  recorder.close(leg, at, [], { disconnectType, ...(errorCode && { errorCode }) });
}

export function agentAnswers(recorder: Recorder, leg: Leg, at: number, queue: Named | undefined): void {
  if (leg.open) recorder.close(leg, at, []);
  recorder.open(leg, at, 'interact', [recorder.fact('agentCallConnected', at, leg)], queue && { queueId: queue.id });
}

/** The agent puts the contact on hold: the talk is interrupted, and both are still connected. */
export function hold(recorder: Recorder, leg: Leg, at: number): void {
  recorder.close(leg, at, []);
  recorder.open(leg, at, 'hold', []);
}

export function resume(recorder: Recorder, leg: Leg, at: number): void {
  recorder.close(leg, at, []);
  recorder.open(leg, at, 'interact', []);
}

/** The agent's line ends, while talking or while holding. */
export function agentLeaves(recorder: Recorder, leg: Leg, at: number, disconnectType: string): void {
  recorder.close(leg, at, [recorder.fact('agentCallDisconnected', at, leg)], { disconnectType });
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
export function wrapUp(recorder: Recorder, leg: Leg, work: WrapUp): void {
  const { open } = leg;
  const segment = recorder.open(
    leg,
    work.from,
    'wrapup',
    [],
    work.disconnectType ? { disconnectType: work.disconnectType } : {},
  );
  const first = disposition(recorder, leg, work.to, work.code, work.codeAt > work.to ? 'late' : 'prompt');
  if (work.codeAt > work.to) {
    recorder.close(leg, work.to, []);
    recorder.write(work.codeAt, segment, { wrapUpCode: work.code }, [first]);
  } else {
    if (work.codeAt < work.to) recorder.write(work.codeAt, segment, { wrapUpCode: work.code });
    recorder.close(leg, work.to, [first], { wrapUpCode: work.code });
  }
  if (work.changed) {
    const second = disposition(recorder, leg, work.to, work.changed.code, 'changed');
    recorder.write(work.changed.at, segment, { wrapUpCode: work.changed.code }, [second], first);
  }
  // A wrap-up that begins before the end of the talk leaves the talk open.
  if (open) leg.open = open;
}

/**
 * The dialer's own verdict, on its own participant; `shownAt` later than `at` is how Genesys sometimes
 * reprocesses.
 */
export function dialerDecides(
  recorder: Recorder,
  at: number,
  code: string,
  session: Members,
  late: { readonly at: number; readonly whole: boolean } | undefined,
): void {
  const joined = late?.whole ? late.at : at;
  const leg = recorder.join(joined, { purpose: 'outbound' }, { mediaType: 'voice', direction: 'outbound', ...session });
  const fact = disposition(recorder, leg, at, code, late ? 'late' : 'prompt');
  const segment = { parent: leg.session, list: 'segments' } as const;
  const times = { segmentType: 'system', segmentStart: recorder.stamp(at), segmentEnd: recorder.stamp(at) };
  if (late && !late.whole) {
    recorder.write(at, segment, times);
    recorder.write(late.at, segment, { wrapUpCode: code }, [fact]);
  } else {
    recorder.write(joined, segment, { ...times, wrapUpCode: code }, [fact]);
  }
}

function disposition(recorder: Recorder, leg: Leg, at: number, code: string, lateness: Lateness) {
  return recorder.fact('dispositionSet', at, leg, code, lateness);
}
