import { type Named, SYSTEM_CODES, WRAP_UP_TIMEOUT } from './fixtures.ts';
import type { Leg } from './recorder.ts';
import { campaignSession, chooseCode, lateness, type Scenario, span } from './scenario.ts';
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
 * Calls of campaigns, each a function that plays it from beginning to end. Time runs down the page in `at`.
 */

type Session = Readonly<Record<string, unknown>>;

/** No one was reached: the verdicts of call analysis, and how the line ended. */
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

export function unreached(scenario: Scenario, how: keyof typeof UNREACHED): void {
  const { recorder, random } = scenario;
  const session = campaignSession(scenario);
  const verdict = UNREACHED[how];
  let at = begin(scenario);
  const line = dial(recorder, at, random.chance(0.9) ? 'customer' : 'external', session);
  at += how === 'noAnswer' ? span(scenario, 20, 40) : span(scenario, 2, 12);
  analyse(recorder, line, at, random.pick(verdict.dispositions), verdict.analyzer);
  giveUp(recorder, line, at, verdict.ends);
  if (how === 'uncallable') {
    dialerDecides(recorder, at, 'ININ-OUTBOUND-SIT-UNCALLABLE', session, lateVerdict(scenario, at));
  } else if (random.chance(0.15)) {
    dialerDecides(recorder, at, random.pick(SYSTEM_CODES), session, lateVerdict(scenario, at));
  }
  recorder.end(at + span(scenario, 0, 1));
}

/** What Genesys writes where an agent skips a preview. */
const SKIPPED = 'ININ-OUTBOUND-PREVIEW-SKIPPED';

/** An agent skips a preview: no number was dialled. Real records have it in two forms. */
export function previewSkipped(scenario: Scenario): void {
  if (scenario.random.chance(0.5)) skippedWhileAlerting(scenario);
  else skippedWhileLooking(scenario);
}

/**
 * The agent has the preview open: both have `interact` segments though the agent spoke to no contact, and the
 * code is on the agent's.
 */
function skippedWhileLooking(scenario: Scenario): void {
  const { recorder, random, fixtures } = scenario;
  const session = { mediaType: 'callback', direction: 'outbound', ...campaignSession(scenario) };
  const queue = random.pick(fixtures.queues);
  let at = begin(scenario);
  const contact = recorder.join(at, { purpose: 'customer' }, session);
  connectContact(recorder, contact, at);
  const agent = alertAgent(recorder, at, random.pick(fixtures.agents), queue, session);
  at += span(scenario, 1, 4);
  agentAnswers(recorder, agent, at, queue);
  const skippedAt = at + span(scenario, 3, 30);
  at = skippedAt + span(scenario, 0, 1);
  const late = lateness(scenario) ?? 0;
  wrapUp(recorder, agent, { from: skippedAt, to: at, code: SKIPPED, codeAt: at + late, disconnectType: 'client' });
  agentLeaves(recorder, agent, at, 'client');
  contactLeaves(recorder, contact, at, 'endpoint');
  recorder.end(at);
}

/** The agent has not even looked: there is a participant without sessions and a session without segments. */
function skippedWhileAlerting(scenario: Scenario): void {
  const { recorder, random } = scenario;
  const session = campaignSession(scenario);
  let at = begin(scenario);
  recorder.bystander(at, { purpose: 'dialer' });
  recorder.join(at, { purpose: 'customer' }, { mediaType: 'voice', direction: 'outbound', ...session });
  const agent = alertAgent(recorder, at, random.pick(scenario.fixtures.agents), undefined, {
    mediaType: 'callback',
    ...session,
  });
  at += span(scenario, 3, 30);
  stopAlerting(recorder, agent, at, 'client');
  dialerDecides(recorder, at, SKIPPED, session, lateVerdict(scenario, at));
  recorder.end(at);
}

/** What call analysis says where a person has answered: at times only that its time ran out. */
const ANSWERED = [
  ['person', 'speech.person'],
  ['disposition.classification.callable.person', 'speech.person'],
  ['disposition.classification.callable.person', 'speech.person'],
  ['disposition.classification.callable.amd.timeout', 'amd.timeout'],
] as const;

/** A person answers and waits in the queue; then `who` decides what comes of it. */
export function answered(scenario: Scenario, who: 'agent' | 'secondAgent' | 'twoAgents' | 'none'): void {
  const { recorder, random, fixtures } = scenario;
  const session = campaignSession(scenario);
  const queue = random.pick(fixtures.queues);
  let at = begin(scenario);
  recorder.bystander(at, { purpose: 'campaign', participantName: 'dialer' });
  const contact = dial(recorder, at, 'customer', session);
  at += span(scenario, 4, 20);
  const [verdict, analyzer] = random.pick(ANSWERED);
  analyse(recorder, contact, at, verdict, analyzer);
  connectContact(recorder, contact, at);
  at += span(scenario, 0, 2);
  const waiting = enterQueue(recorder, at, queue, { mediaType: 'voice', direction: 'inbound', ...session });
  if (random.chance(0.5)) fillInQueue(recorder, contact, at + span(scenario, 60, 300), queue);
  at += span(scenario, 1, 15);

  if (who === 'none') {
    contactLeaves(recorder, contact, at, 'endpoint');
    leaveQueue(recorder, waiting, at, 'peer');
    recorder.end(at);
    return;
  }
  if (who === 'secondAgent') at = alertOnly(scenario, at, queue, session);

  const agent = alertAgent(recorder, at, random.pick(fixtures.agents), queue, { mediaType: 'voice', ...session });
  at += span(scenario, 2, 10);
  leaveQueue(recorder, waiting, at, 'transfer');
  agentAnswers(recorder, agent, at, queue);
  at = talk(scenario, agent, at);
  if (who === 'twoAgents') {
    transferred(scenario, at, contact, agent, queue, session);
    return;
  }

  const byAgent = random.chance(0.4);
  const started = random.chance(0.2) ? at - span(scenario, 1, 5) : at;
  contactLeaves(recorder, contact, at, byAgent ? 'peer' : 'endpoint');
  afterwards(scenario, agent, started, at, byAgent ? 'client' : 'peer');
}

/** The agent's telephone rings in vain; the contact keeps waiting. */
function alertOnly(scenario: Scenario, at: number, queue: Named, session: Session): number {
  const { recorder, random, fixtures } = scenario;
  const agent = alertAgent(recorder, at, random.pick(fixtures.agents), queue, { mediaType: 'voice', ...session });
  const until = at + span(scenario, 8, 12);
  if (random.chance(0.5)) stopAlerting(recorder, agent, until, 'error', 'error.ininedgecontrol.connection.media');
  else stopAlerting(recorder, agent, until, 'noAnswerTransfer');
  return until + span(scenario, 0, 2);
}

/** The talk itself, sometimes with the contact on hold in between; gives the time of its end. */
function talk(scenario: Scenario, agent: Leg, from: number): number {
  const { recorder, random } = scenario;
  let at = from + span(scenario, 30, 240);
  if (random.chance(0.35)) {
    hold(recorder, agent, at);
    at += span(scenario, 10, 60);
    // Some contacts hang up while on hold.
    if (random.chance(0.8)) {
      resume(recorder, agent, at);
      at += span(scenario, 10, 60);
    }
  }
  return at;
}

/** A colleague joins; when the contact hangs up both agents' lines end in the same millisecond. */
function transferred(scenario: Scenario, from: number, contact: Leg, agent: Leg, queue: Named, session: Session): void {
  const { recorder, random, fixtures } = scenario;
  // The same agent may appear twice in one conversation, as two participants.
  const colleague = alertAgent(recorder, from, random.pick(fixtures.agents), queue, { mediaType: 'voice', ...session });
  let at = from + span(scenario, 2, 8);
  agentAnswers(recorder, colleague, at, queue);
  at += span(scenario, 20, 120);
  contactLeaves(recorder, contact, at, 'endpoint');
  agentLeaves(recorder, agent, at, 'peer');
  agentLeaves(recorder, colleague, at, 'peer');
  const done = Math.max(work(scenario, agent, at, at, 'peer'), work(scenario, colleague, at, at, 'peer'));
  recorder.end(done);
}

/** The agent's line ends at `at`; the work afterwards may have begun at `started`, before. */
function afterwards(scenario: Scenario, agent: Leg, started: number, at: number, disconnectType: string): void {
  const { recorder, random } = scenario;
  // Genesys may end a conversation with its last line or with the last work on it.
  const endsWithLine = random.chance(0.3);
  let done = at;
  if (started < at) {
    done = work(scenario, agent, started, at, disconnectType);
    agentLeaves(recorder, agent, at, disconnectType);
  } else {
    agentLeaves(recorder, agent, at, disconnectType);
    if (!random.chance(0.05)) done = work(scenario, agent, at, at, disconnectType);
  }
  recorder.end(endsWithLine ? at : done);
}

/** A wrap-up from `from` to some time at or after `atLeast`, sometimes of zero length; gives its end. */
export function work(scenario: Scenario, agent: Leg, from: number, atLeast: number, disconnectType: string): number {
  const { recorder, random } = scenario;
  const to = random.chance(0.1) ? atLeast : atLeast + span(scenario, 5, 60);
  const late = lateness(scenario);
  const codeAt = late !== undefined ? to + late : random.chance(0.3) ? Math.round((from + to) / 2) : to;
  const code = random.chance(0.08) ? WRAP_UP_TIMEOUT : chooseCode(scenario);
  const changed = random.chance(scenario.latecomers.changed)
    ? changeOf(scenario, code, Math.max(to, codeAt))
    : undefined;
  wrapUp(recorder, agent, { from, to, code, codeAt, disconnectType, ...(changed && { changed }) });
  return to;
}

function changeOf(scenario: Scenario, code: string, after: number): { code: string; at: number } {
  const { random, fixtures, latecomers } = scenario;
  const other = random.pick(fixtures.wrapUpCodes.filter((one) => one.id !== code)).id;
  const by = latecomers.changedBy ? [latecomers.changedBy] : latecomers.by;
  const wait = by.length > 0 ? random.between(random.pick(by)) : span(scenario, 10, 60);
  return { code: other, at: after + Math.max(1, wait) };
}

function lateVerdict(scenario: Scenario, at: number): { at: number; whole: boolean } | undefined {
  const late = lateness(scenario);
  return late === undefined ? undefined : { at: at + late, whole: scenario.random.chance(0.5) };
}

function begin(scenario: Scenario): number {
  const { recorder, random, fixtures, start } = scenario;
  recorder.begin(start, 'outbound', { divisionIds: [random.pick(fixtures.divisions).id] });
  return start;
}
