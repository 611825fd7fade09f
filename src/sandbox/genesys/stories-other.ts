import { campaignSession, chooseCode, lateness, type Scenario, span, telephone } from './scenario.ts';
import { work } from './stories-campaign.ts';
import {
  agentAnswers,
  agentLeaves,
  alertAgent,
  connectContact,
  contactLeaves,
  dial,
  enterQueue,
  leaveQueue,
  wrapUp,
} from './verbs.ts';

/*
 * What else a contact centre's analytics hold: callers, calls dialled by hand, e-mail over days, and records
 * that no documentation describes.
 */

/** A caller rings: a menu, a queue, an agent. No campaign. */
export function inbound(scenario: Scenario): void {
  const { recorder, random, fixtures } = scenario;
  const queue = random.pick(fixtures.queues);
  const session = { mediaType: 'voice', direction: 'inbound', ani: telephone(random), dnis: 'tel:+13175550199' };
  let at = scenario.start;
  recorder.begin(at, 'inbound', { divisionIds: fixtures.divisions.map((division) => division.id) });
  const contact = recorder.join(at, { purpose: 'customer' }, session);
  connectContact(recorder, contact, at);
  const menu = recorder.join(at, { purpose: 'ivr' }, session);
  recorder.open(menu, at, 'ivr', []);
  at += span(scenario, 5, 30);
  recorder.close(menu, at, [], { disconnectType: 'transfer' });
  const waiting = enterQueue(recorder, at, queue, session);
  at += span(scenario, 5, 60);
  const agent = alertAgent(recorder, at, random.pick(fixtures.agents), queue, session);
  at += span(scenario, 2, 8);
  leaveQueue(recorder, waiting, at, 'transfer');
  agentAnswers(recorder, agent, at, queue);
  at += span(scenario, 30, 200);
  contactLeaves(recorder, contact, at, 'endpoint');
  agentLeaves(recorder, agent, at, 'peer');
  recorder.end(work(scenario, agent, at, at, 'peer'));
}

/** An agent dials by hand: outbound, but of no campaign; the agent's purpose is `user`. */
export function manual(scenario: Scenario): void {
  const { recorder, random, fixtures } = scenario;
  const session = { mediaType: 'voice', direction: 'outbound', ani: 'tel:+13175550100', dnis: telephone(random) };
  let at = scenario.start;
  recorder.begin(at, 'outbound', { divisionIds: [random.pick(fixtures.divisions).id] });
  const agent = recorder.join(at, { purpose: 'user', userId: random.pick(fixtures.agents).id }, session);
  recorder.open(agent, at, 'dialing', [recorder.fact('contactDialed', at, agent)]);
  const contact = dial(recorder, at, 'external', session);
  at += span(scenario, 5, 20);
  connectContact(recorder, contact, at);
  agentAnswers(recorder, agent, at, undefined);
  at += span(scenario, 20, 120);
  contactLeaves(recorder, contact, at, 'peer');
  agentLeaves(recorder, agent, at, 'client');
  recorder.end(at);
}

/**
 * An e-mail of a campaign's follow-up: opened, parked and taken up again over days, ending `emailMs` after it
 * began.
 */
export function email(scenario: Scenario): void {
  const { recorder, random, fixtures } = scenario;
  const queue = random.pick(fixtures.queues);
  const session = {
    ...campaignSession(scenario),
    mediaType: 'email',
    direction: 'outbound',
    ani: 'service@example.com',
    dnis: 'contact@example.com',
  };
  const end = scenario.start + random.between(scenario.emailMs);
  const timeAt = (part: number) => Math.round(scenario.start + (end - scenario.start) * part);
  recorder.begin(scenario.start, 'outbound', { divisionIds: [random.pick(fixtures.divisions).id] });
  const contact = recorder.join(scenario.start, { purpose: 'customer' }, session);
  connectContact(recorder, contact, scenario.start);
  const waiting = enterQueue(recorder, scenario.start, queue, session);
  const agent = alertAgent(recorder, timeAt(0.05), random.pick(fixtures.agents), queue, session);
  leaveQueue(recorder, waiting, timeAt(0.1), 'transfer');
  agentAnswers(recorder, agent, timeAt(0.1), queue);
  agentLeaves(recorder, agent, timeAt(0.2), 'transfer');
  wrapUp(recorder, agent, {
    from: timeAt(0.2),
    to: timeAt(0.21),
    code: chooseCode(scenario),
    codeAt: timeAt(0.21),
  });
  const other = alertAgent(recorder, timeAt(0.8), random.pick(fixtures.agents), queue, session);
  agentAnswers(recorder, other, timeAt(0.85), queue);
  contactLeaves(recorder, contact, end, 'peer');
  agentLeaves(recorder, other, end, 'client');
  recorder.end(end);
}

/** Nulls, and words that Genesys has not used yet: purposes, segments and media of tomorrow. */
export function odd(scenario: Scenario): void {
  const { recorder, random } = scenario;
  let at = scenario.start;
  recorder.begin(at, 'outbound', { divisionIds: null, externalTag: null, conversationInitiator: 'dialerOfTomorrow' });
  recorder.bystander(at, { purpose: 'hologram', sessions: null });
  recorder.bystander(at, { purpose: null, sessions: [] });
  const session = { mediaType: 'telepathy', direction: 'sideways', ani: null, dnis: null, ...campaignOrNull(scenario) };
  const line = dial(recorder, at, 'customer', session);
  at += span(scenario, 2, 10);
  connectContact(recorder, line, at);
  const oracle = recorder.join(at, { purpose: 'oracle', userId: null }, { mediaType: 'voice', segments: null });
  at += span(scenario, 5, 30);
  contactLeaves(recorder, line, at, 'evaporated');
  // A code on a segment of an unknown kind and an unknown participant is a disposition all the same.
  const code = chooseCode(scenario);
  const late = lateness(scenario);
  const seer = recorder.join(at, { purpose: 'seer' }, { mediaType: 'voice', dispositionName: null });
  const vision = recorder.open(seer, at, 'vision', [], { queueId: null, wrapUpCode: null });
  at += span(scenario, 1, 5);
  recorder.close(seer, at, late === undefined ? [recorder.fact('dispositionSet', at, seer, code)] : [], {
    ...(late === undefined && { wrapUpCode: code }),
  });
  if (late !== undefined) {
    const fact = recorder.fact('dispositionSet', at, seer, code, 'late');
    recorder.write(at + late, vision, { wrapUpCode: code }, [fact]);
  }
  recorder.write(at, oracle.session, { segments: random.chance(0.5) ? null : [] });
  recorder.end(at);
}

function campaignOrNull(scenario: Scenario): Readonly<Record<string, unknown>> {
  return scenario.random.chance(0.5)
    ? { outboundCampaignId: campaignSession(scenario).outboundCampaignId }
    : { outboundCampaignId: null };
}
