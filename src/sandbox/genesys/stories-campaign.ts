import { type Named, SYSTEM_CODES, WRAP_UP_TIMEOUT } from './fixtures.ts';
import type { Leg } from './recorder.ts';
import { campaignSession, chooseCode, lateness, span, type Tale } from './scenario.ts';
import {
  agentAnswers,
  agentLeaves,
  alertAgent,
  analyse,
  connectContact,
  contactLeaves,
  dial,
  dialerDecides,
  enterQueue,
  fillInQueue,
  giveUp,
  hold,
  leaveQueue,
  resume,
  stopAlerting,
  wrapUp,
} from './verbs.ts';

/*
 * Calls of campaigns, each a function that tells it from beginning to end. Time runs down the page in `at`.
 */

type Session = Readonly<Record<string, unknown>>;

/** Nobody was reached: the verdicts of call analysis, and how the line ended. */
const UNREACHED = {
  busy: {
    dispositions: ['busy', 'disposition.classification.callable.busy'],
    analyzer: 'network.busy',
    ends: 'endpoint',
  },
  noAnswer: {
    dispositions: ['noanswer', 'disposition.classification.callable.noanswer'],
    analyzer: 'timeout',
    ends: 'timeout',
  },
  machine: {
    dispositions: ['machine', 'disposition.classification.callable.machine'],
    analyzer: 'speech.machine',
    ends: 'system',
  },
  uncallable: {
    dispositions: ['sit', 'disposition.classification.uncallable.sit'],
    analyzer: 'tone.sit',
    ends: 'uncallable',
  },
} as const;

export function unreached(tale: Tale, how: keyof typeof UNREACHED): void {
  const { teller, random } = tale;
  const session = campaignSession(tale);
  const verdict = UNREACHED[how];
  let at = begin(tale);
  const line = dial(teller, at, random.chance(0.9) ? 'customer' : 'external', session);
  at += how === 'noAnswer' ? span(tale, 20, 40) : span(tale, 2, 12);
  analyse(teller, line, at, random.pick(verdict.dispositions), verdict.analyzer);
  giveUp(teller, line, at, verdict.ends);
  if (how === 'uncallable') {
    dialerDecides(teller, at, 'ININ-OUTBOUND-SIT-UNCALLABLE', session, lateVerdict(tale, at));
  } else if (random.chance(0.15)) {
    dialerDecides(teller, at, random.pick(SYSTEM_CODES), session, lateVerdict(tale, at));
  }
  teller.end(at + span(tale, 0, 1));
}

/** What Genesys writes where an agent skips a preview. */
const SKIPPED = 'ININ-OUTBOUND-PREVIEW-SKIPPED';

/** An agent skips a preview: nobody was dialled. Real records have it in two forms. */
export function previewSkipped(tale: Tale): void {
  if (tale.random.chance(0.5)) skippedWhileAlerting(tale);
  else skippedWhileLooking(tale);
}

/** The agent has the preview open: both have `interact` segments though nobody was spoken to, and the code is on the agent's. */
function skippedWhileLooking(tale: Tale): void {
  const { teller, random, cast } = tale;
  const session = { mediaType: 'callback', direction: 'outbound', ...campaignSession(tale) };
  const queue = random.pick(cast.queues);
  let at = begin(tale);
  const contact = teller.join(at, { purpose: 'customer' }, session);
  connectContact(teller, contact, at);
  const agent = alertAgent(teller, at, random.pick(cast.agents), queue, session);
  at += span(tale, 1, 4);
  agentAnswers(teller, agent, at, queue);
  const skippedAt = at + span(tale, 3, 30);
  at = skippedAt + span(tale, 0, 1);
  const late = lateness(tale) ?? 0;
  wrapUp(teller, agent, { from: skippedAt, to: at, code: SKIPPED, codeAt: at + late, disconnectType: 'client' });
  agentLeaves(teller, agent, at, 'client');
  contactLeaves(teller, contact, at, 'endpoint');
  teller.end(at);
}

/** The agent has not even looked: there is a participant without sessions and a session without segments. */
function skippedWhileAlerting(tale: Tale): void {
  const { teller, random } = tale;
  const session = campaignSession(tale);
  let at = begin(tale);
  teller.bystander(at, { purpose: 'dialer' });
  teller.join(at, { purpose: 'customer' }, { mediaType: 'voice', direction: 'outbound', ...session });
  const agent = alertAgent(teller, at, random.pick(tale.cast.agents), undefined, { mediaType: 'callback', ...session });
  at += span(tale, 3, 30);
  stopAlerting(teller, agent, at, 'client');
  dialerDecides(teller, at, SKIPPED, session, lateVerdict(tale, at));
  teller.end(at);
}

/** What call analysis says where a person has answered: at times only that its time ran out. */
const ANSWERED = [
  ['person', 'speech.person'],
  ['disposition.classification.callable.person', 'speech.person'],
  ['disposition.classification.callable.person', 'speech.person'],
  ['disposition.classification.callable.amd.timeout', 'amd.timeout'],
] as const;

/** A person answers and waits in the queue; then `who` decides what comes of it. */
export function answered(tale: Tale, who: 'agent' | 'secondAgent' | 'twoAgents' | 'nobody'): void {
  const { teller, random, cast } = tale;
  const session = campaignSession(tale);
  const queue = random.pick(cast.queues);
  let at = begin(tale);
  teller.bystander(at, { purpose: 'campaign', participantName: 'dialer' });
  const contact = dial(teller, at, 'customer', session);
  at += span(tale, 4, 20);
  const [verdict, analyzer] = random.pick(ANSWERED);
  analyse(teller, contact, at, verdict, analyzer);
  connectContact(teller, contact, at);
  at += span(tale, 0, 2);
  const waiting = enterQueue(teller, at, queue, { mediaType: 'voice', direction: 'inbound', ...session });
  if (random.chance(0.5)) fillInQueue(teller, contact, at + span(tale, 60, 300), queue);
  at += span(tale, 1, 15);

  if (who === 'nobody') {
    contactLeaves(teller, contact, at, 'endpoint');
    leaveQueue(teller, waiting, at, 'peer');
    teller.end(at);
    return;
  }
  if (who === 'secondAgent') at = alertOnly(tale, at, queue, session);

  const agent = alertAgent(teller, at, random.pick(cast.agents), queue, { mediaType: 'voice', ...session });
  at += span(tale, 2, 10);
  leaveQueue(teller, waiting, at, 'transfer');
  agentAnswers(teller, agent, at, queue);
  at = talk(tale, agent, at);
  if (who === 'twoAgents') {
    transferred(tale, at, contact, agent, queue, session);
    return;
  }

  const byAgent = random.chance(0.4);
  const started = random.chance(0.2) ? at - span(tale, 1, 5) : at;
  contactLeaves(teller, contact, at, byAgent ? 'peer' : 'endpoint');
  afterwards(tale, agent, started, at, byAgent ? 'client' : 'peer');
}

/** The agent's telephone rings in vain; the contact keeps waiting. */
function alertOnly(tale: Tale, at: number, queue: Named, session: Session): number {
  const { teller, random, cast } = tale;
  const agent = alertAgent(teller, at, random.pick(cast.agents), queue, { mediaType: 'voice', ...session });
  const until = at + span(tale, 8, 12);
  if (random.chance(0.5)) stopAlerting(teller, agent, until, 'error', 'error.ininedgecontrol.connection.media');
  else stopAlerting(teller, agent, until, 'noAnswerTransfer');
  return until + span(tale, 0, 2);
}

/** The talk itself, sometimes with the contact on hold in between; gives the time of its end. */
function talk(tale: Tale, agent: Leg, from: number): number {
  const { teller, random } = tale;
  let at = from + span(tale, 30, 240);
  if (random.chance(0.35)) {
    hold(teller, agent, at);
    at += span(tale, 10, 60);
    // Some contacts hang up while on hold.
    if (random.chance(0.8)) {
      resume(teller, agent, at);
      at += span(tale, 10, 60);
    }
  }
  return at;
}

/** A colleague joins; when the contact hangs up both agents' lines end in the same millisecond. */
function transferred(tale: Tale, from: number, contact: Leg, agent: Leg, queue: Named, session: Session): void {
  const { teller, random, cast } = tale;
  // The same agent may appear twice in one conversation, as two participants.
  const colleague = alertAgent(teller, from, random.pick(cast.agents), queue, { mediaType: 'voice', ...session });
  let at = from + span(tale, 2, 8);
  agentAnswers(teller, colleague, at, queue);
  at += span(tale, 20, 120);
  contactLeaves(teller, contact, at, 'endpoint');
  agentLeaves(teller, agent, at, 'peer');
  agentLeaves(teller, colleague, at, 'peer');
  const done = Math.max(work(tale, agent, at, at, 'peer'), work(tale, colleague, at, at, 'peer'));
  teller.end(done);
}

/** The agent's line ends at `at`; the work afterwards may have begun at `started`, before. */
function afterwards(tale: Tale, agent: Leg, started: number, at: number, disconnectType: string): void {
  const { teller, random } = tale;
  // Genesys may end a conversation with its last line or with the last work on it.
  const endsWithLine = random.chance(0.3);
  let done = at;
  if (started < at) {
    done = work(tale, agent, started, at, disconnectType);
    agentLeaves(teller, agent, at, disconnectType);
  } else {
    agentLeaves(teller, agent, at, disconnectType);
    if (!random.chance(0.05)) done = work(tale, agent, at, at, disconnectType);
  }
  teller.end(endsWithLine ? at : done);
}

/** A wrap-up from `from` to some time at or after `atLeast`, sometimes of zero length; gives its end. */
export function work(tale: Tale, agent: Leg, from: number, atLeast: number, disconnectType: string): number {
  const { teller, random } = tale;
  const to = random.chance(0.1) ? atLeast : atLeast + span(tale, 5, 60);
  const late = lateness(tale);
  const codeAt = late !== undefined ? to + late : random.chance(0.3) ? Math.round((from + to) / 2) : to;
  const code = random.chance(0.08) ? WRAP_UP_TIMEOUT : chooseCode(tale);
  const changed = random.chance(tale.latecomers.changed) ? changeOf(tale, code, Math.max(to, codeAt)) : undefined;
  wrapUp(teller, agent, { from, to, code, codeAt, disconnectType, ...(changed && { changed }) });
  return to;
}

function changeOf(tale: Tale, code: string, after: number): { code: string; at: number } {
  const { random, cast, latecomers } = tale;
  const other = random.pick(cast.wrapUpCodes.filter((one) => one.id !== code)).id;
  const by = latecomers.changedBy ? [latecomers.changedBy] : latecomers.by;
  const wait = by.length > 0 ? random.between(random.pick(by)) : span(tale, 10, 60);
  return { code: other, at: after + Math.max(1, wait) };
}

function lateVerdict(tale: Tale, at: number): { at: number; whole: boolean } | undefined {
  const late = lateness(tale);
  return late === undefined ? undefined : { at: at + late, whole: tale.random.chance(0.5) };
}

function begin(tale: Tale): number {
  const { teller, random, cast, start } = tale;
  teller.begin(start, 'outbound', { divisionIds: [random.pick(cast.divisions).id] });
  return start;
}
