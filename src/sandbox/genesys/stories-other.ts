import { campaignSession, chooseCode, lateness, span, type Tale, telephone } from './scenario.ts';
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
 * What else a contact centre's analytics hold: callers, calls dialled by hand, e-mail over days, and records that no
 * documentation describes.
 */

/** Somebody calls: a menu, a queue, an agent. No campaign. */
export function inbound(tale: Tale): void {
  const { teller, random, cast } = tale;
  const queue = random.pick(cast.queues);
  const session = { mediaType: 'voice', direction: 'inbound', ani: telephone(random), dnis: 'tel:+13175550199' };
  let at = tale.start;
  teller.begin(at, 'inbound', { divisionIds: cast.divisions.map((division) => division.id) });
  const contact = teller.join(at, { purpose: 'customer' }, session);
  connectContact(teller, contact, at);
  const menu = teller.join(at, { purpose: 'ivr' }, session);
  teller.open(menu, at, 'ivr', []);
  at += span(tale, 5, 30);
  teller.close(menu, at, [], { disconnectType: 'transfer' });
  const waiting = enterQueue(teller, at, queue, session);
  at += span(tale, 5, 60);
  const agent = alertAgent(teller, at, random.pick(cast.agents), queue, session);
  at += span(tale, 2, 8);
  leaveQueue(teller, waiting, at, 'transfer');
  agentAnswers(teller, agent, at, queue);
  at += span(tale, 30, 200);
  contactLeaves(teller, contact, at, 'endpoint');
  agentLeaves(teller, agent, at, 'peer');
  teller.end(work(tale, agent, at, at, 'peer'));
}

/** An agent dials by hand: outbound, but of no campaign; the agent's purpose is `user`. */
export function manual(tale: Tale): void {
  const { teller, random, cast } = tale;
  const session = { mediaType: 'voice', direction: 'outbound', ani: 'tel:+13175550100', dnis: telephone(random) };
  let at = tale.start;
  teller.begin(at, 'outbound', { divisionIds: [random.pick(cast.divisions).id] });
  const agent = teller.join(at, { purpose: 'user', userId: random.pick(cast.agents).id }, session);
  teller.open(agent, at, 'dialing', [teller.fact('contactDialed', at, agent)]);
  const contact = dial(teller, at, 'external', session);
  at += span(tale, 5, 20);
  connectContact(teller, contact, at);
  agentAnswers(teller, agent, at, undefined);
  at += span(tale, 20, 120);
  contactLeaves(teller, contact, at, 'peer');
  agentLeaves(teller, agent, at, 'client');
  teller.end(at);
}

/**
 * An e-mail of a campaign's follow-up: opened, parked and taken up again over days, ending `emailMs` after it began.
 */
export function email(tale: Tale): void {
  const { teller, random, cast } = tale;
  const queue = random.pick(cast.queues);
  const session = {
    ...campaignSession(tale),
    mediaType: 'email',
    direction: 'outbound',
    ani: 'service@example.com',
    dnis: 'contact@example.com',
  };
  const end = tale.start + random.between(tale.emailMs);
  const moment = (part: number) => Math.round(tale.start + (end - tale.start) * part);
  teller.begin(tale.start, 'outbound', { divisionIds: [random.pick(cast.divisions).id] });
  const contact = teller.join(tale.start, { purpose: 'customer' }, session);
  connectContact(teller, contact, tale.start);
  const waiting = enterQueue(teller, tale.start, queue, session);
  const agent = alertAgent(teller, moment(0.05), random.pick(cast.agents), queue, session);
  leaveQueue(teller, waiting, moment(0.1), 'transfer');
  agentAnswers(teller, agent, moment(0.1), queue);
  agentLeaves(teller, agent, moment(0.2), 'transfer');
  wrapUp(teller, agent, { from: moment(0.2), to: moment(0.21), code: chooseCode(tale), codeAt: moment(0.21) });
  const other = alertAgent(teller, moment(0.8), random.pick(cast.agents), queue, session);
  agentAnswers(teller, other, moment(0.85), queue);
  contactLeaves(teller, contact, end, 'peer');
  agentLeaves(teller, other, end, 'client');
  teller.end(end);
}

/** Nulls, and words that Genesys has not used yet: purposes, segments and media of tomorrow. */
export function odd(tale: Tale): void {
  const { teller, random } = tale;
  let at = tale.start;
  teller.begin(at, 'outbound', { divisionIds: null, externalTag: null, conversationInitiator: 'dialerOfTomorrow' });
  teller.bystander(at, { purpose: 'hologram', sessions: null });
  teller.bystander(at, { purpose: null, sessions: [] });
  const session = { mediaType: 'telepathy', direction: 'sideways', ani: null, dnis: null, ...campaignOrNull(tale) };
  const line = dial(teller, at, 'customer', session);
  at += span(tale, 2, 10);
  connectContact(teller, line, at);
  const oracle = teller.join(at, { purpose: 'oracle', userId: null }, { mediaType: 'voice', segments: null });
  at += span(tale, 5, 30);
  contactLeaves(teller, line, at, 'evaporated');
  // A code on a segment of an unknown kind and an unknown participant is a disposition all the same.
  const code = chooseCode(tale);
  const late = lateness(tale);
  const seer = teller.join(at, { purpose: 'seer' }, { mediaType: 'voice', dispositionName: null });
  const vision = teller.open(seer, at, 'vision', [], { queueId: null, wrapUpCode: null });
  at += span(tale, 1, 5);
  teller.close(seer, at, late === undefined ? [teller.fact('dispositionSet', at, seer, code)] : [], {
    ...(late === undefined && { wrapUpCode: code }),
  });
  if (late !== undefined) {
    const fact = teller.fact('dispositionSet', at, seer, code, 'late');
    teller.write(at + late, vision, { wrapUpCode: code }, [fact]);
  }
  teller.write(at, oracle.session, { segments: random.chance(0.5) ? null : [] });
  teller.end(at);
}

function campaignOrNull(tale: Tale): Readonly<Record<string, unknown>> {
  return tale.random.chance(0.5)
    ? { outboundCampaignId: campaignSession(tale).outboundCampaignId }
    : { outboundCampaignId: null };
}
