import { hash } from 'node:crypto';
import type { Random } from './random.ts';
import { type Draft, type Place, sessionOf } from './record.ts';

/** A fact of the simulated world, by its own book-keeping: what the poller has to publish about it. */
export interface Fact {
  /**
   * The deduplication ID, by the recipe of the event catalogue; for what cannot be identified, the
   * conversation's.
   */
  readonly id: string;
  readonly eventType: string;
  readonly conversationId: string;
  /** Epoch milliseconds. */
  readonly time: number;
}

/** A change of a record, at the time it begins to show. */
export interface Change {
  readonly showsAt: number;
  readonly apply: (draft: Draft) => void;
  readonly reveals: readonly Fact[];
  /** Facts that the record no longer tells after this. */
  readonly retracts: readonly Fact[];
  /** The segmentEnd that begins to show, if one does. */
  readonly segmentEnd?: number;
  /** The conversationEnd that begins to show, if it does. */
  readonly conversationEnd?: number;
}

/** A conversation: when it began, and how its record changes, in the order in which that shows. */
export interface Story {
  readonly conversationId: string;
  readonly start: number;
  readonly changes: readonly Change[];
}

/** How a world's records come to show, milliseconds. */
export interface Lateness {
  /** What every change takes. */
  readonly usual: number;
  /** What one in ten takes at most. */
  readonly most: number;
}

/** A part of a conversation as its author wrote it. */
interface Scene extends Place {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly atStart?: readonly string[];
  readonly atEnd?: readonly string[];
  readonly analysis?: string;
  readonly wrapUp?: string;
  /** The wrap-up code shows only so much after the segment's end. */
  readonly wrapUpAfter?: number;
  /** The code that takes the place of the first one, and how much later. */
  readonly correction?: { readonly code: string; readonly after: number };
  readonly unreadable?: boolean;
}

/** Tells a conversation that begins at `start`, epoch milliseconds. `open`: it never ends. */
export function tellStory(number: number, start: number, lateness: Lateness, random: Random): Story {
  const kind = random.next();
  const conversationId = `c${number}`;
  const campaign = kind < 0.25 ? unanswered(start, random) : connected(start, lateness, random, kind > 0.65);
  const scenes = random.chance(0.08) ? [...campaign, illegible(start, random)] : campaign;
  const neverEnds = kind > 0.25 && random.chance(0.12);
  return { conversationId, start, changes: changesOf(conversationId, start, scenes, lateness, random, neverEnds) };
}

function unanswered(start: number, random: Random): readonly Scene[] {
  const end = start + random.int(4_000, 15_000);
  const analysis = random.pick([
    'disposition.classification.callable.busy',
    'disposition.classification.callable.noanswer',
  ]);
  const contact = { participant: 'contact', purpose: 'customer', session: 's1' };
  return [{ ...contact, type: 'dialing', start, end, atStart: ['contactDialed'], analysis }];
}

function connected(start: number, lateness: Lateness, random: Random, queued: boolean): readonly Scene[] {
  const answered = start + random.int(2_000, 7_000);
  const queuedUntil = queued ? answered + random.int(1, 5_000) : answered;
  const alerted = queuedUntil + random.int(1_000, 5_000);
  const end = alerted + random.int(3_000, 20_000);
  const wrappedUp = end + random.int(0, 6_000);
  const contact = { participant: 'contact', purpose: 'customer', session: 's1' };
  const queue = { participant: 'queue', purpose: 'acd', session: 's2' };
  const agent = { participant: 'agent', purpose: 'agent', session: 's3' };
  const analysis = 'disposition.classification.callable.person';
  const late = random.chance(0.25) ? random.int(1, lateness.most) : undefined;
  const corrected = random.chance(0.2) ? random.int(1, lateness.most) : undefined;
  return [
    { ...contact, type: 'dialing', start, end: answered, atStart: ['contactDialed'], analysis },
    {
      ...contact,
      type: 'interact',
      start: answered,
      end,
      atStart: ['contactConnected'],
      atEnd: ['contactDisconnected'],
    },
    ...(queued
      ? [
          {
            ...queue,
            type: 'interact',
            start: answered,
            end: queuedUntil,
            atStart: ['queueEntered'],
            atEnd: ['queueExited'],
          },
        ]
      : []),
    { ...agent, type: 'alert', start: queuedUntil, end: alerted, atStart: ['agentAlerted'] },
    {
      ...agent,
      type: 'interact',
      start: alerted,
      end,
      atStart: ['agentCallConnected'],
      atEnd: ['agentCallDisconnected'],
    },
    {
      ...agent,
      type: 'wrapup',
      start: end,
      end: wrappedUp,
      wrapUp: 'ININ-WRAP-UP-TIMEOUT',
      ...(late !== undefined && { wrapUpAfter: late }),
      ...(corrected !== undefined && { correction: { code: 'corrected', after: corrected } }),
    },
  ];
}

/** A segment whose start is not a timestamp, in a session of its own. */
function illegible(start: number, random: Random): Scene {
  const end = start + random.int(1_000, 5_000);
  return { participant: 'ivr', purpose: 'ivr', session: 's4', type: 'ivr', start, end, unreadable: true };
}

function changesOf(
  conversationId: string,
  start: number,
  scenes: readonly Scene[],
  lateness: Lateness,
  random: Random,
  neverEnds: boolean,
): readonly Change[] {
  const changes: Change[] = [];
  const delay = () => lateness.usual * random.next() + (random.chance(0.1) ? random.int(0, lateness.most) : 0);
  const factOf = (eventType: string, time: number, scene?: Scene, qualifier = ''): Fact => {
    const place = scene ? `${conversationId}-${scene.participant}:${conversationId}-${scene.session}` : ':';
    const recipe = `${conversationId}:${eventType}:${iso(time)}:${place}:${qualifier}`;
    return { id: hash('sha256', recipe, 'hex'), eventType, conversationId, time };
  };

  /** Within a session things show in the order in which they happened. */
  const shown = new Map<string, number>();
  const showsAt = (scene: Scene, time: number) => {
    const at = Math.max(time + delay(), shown.get(scene.session) ?? 0);
    shown.set(scene.session, at);
    return at;
  };

  for (const [index, scene] of scenes.entries()) {
    const { type, end } = scene;
    const isLast = neverEnds && index === scenes.length - 1;
    const segmentOf = (draft: Draft) =>
      sessionOf(draft, scene).segments.find((segment) => segment.segmentType === type);
    const opened = showsAt(scene, scene.start);
    changes.push({
      showsAt: opened,
      apply: (draft) => {
        const segmentStart = scene.unreadable ? 'a while ago' : iso(scene.start);
        sessionOf(draft, scene).segments.push({ segmentStart, segmentType: type, conference: false });
      },
      reveals: scene.unreadable
        ? [{ id: malformedRecordOf(conversationId), eventType: 'malformed', conversationId, time: start }]
        : (scene.atStart ?? []).map((eventType) => factOf(eventType, scene.start, scene)),
      retracts: [],
    });
    if (isLast) continue;

    const closed = showsAt(scene, end);
    const codeAtOnce = scene.wrapUp !== undefined && scene.wrapUpAfter === undefined;
    const disposition = scene.wrapUp === undefined ? [] : [factOf('dispositionSet', end, scene, scene.wrapUp)];
    changes.push({
      showsAt: closed,
      apply: (draft) => {
        Object.assign(segmentOf(draft) ?? {}, { segmentEnd: iso(end), disconnectType: 'peer' });
        if (codeAtOnce) Object.assign(segmentOf(draft) ?? {}, { wrapUpCode: scene.wrapUp });
        if (scene.analysis) sessionOf(draft, scene).dispositionName = scene.analysis;
      },
      reveals: [
        ...(scene.atEnd ?? []).map((eventType) => factOf(eventType, end, scene)),
        ...(scene.analysis ? [factOf('callAnalyzed', scene.start, scene, scene.analysis)] : []),
        ...(codeAtOnce ? disposition : []),
      ],
      retracts: [],
      segmentEnd: end,
    });
    const settled = Math.max(closed, end + (scene.wrapUpAfter ?? 0));
    if (scene.wrapUp !== undefined && !codeAtOnce) {
      const apply = (draft: Draft) => void Object.assign(segmentOf(draft) ?? {}, { wrapUpCode: scene.wrapUp });
      changes.push({ showsAt: settled, apply, reveals: disposition, retracts: [] });
    }
    const { correction } = scene;
    if (correction) {
      changes.push({
        showsAt: settled + correction.after,
        apply: (draft) => void Object.assign(segmentOf(draft) ?? {}, { wrapUpCode: correction.code }),
        reveals: [factOf('dispositionSet', end, scene, correction.code)],
        retracts: disposition,
      });
    }
  }
  if (!neverEnds) {
    const end = Math.max(...scenes.map((scene) => scene.end));
    changes.push({
      showsAt: end + delay(),
      apply: (draft) => {
        draft.conversationEnd = iso(end);
      },
      reveals: [factOf('conversationEnded', end)],
      retracts: [],
      conversationEnd: end,
    });
  }
  const [first, ...rest] = changes.sort((a, b) => a.showsAt - b.showsAt);
  if (!first) return [];
  return [{ ...first, reveals: [factOf('conversationStarted', start), ...first.reveals] }, ...rest];
}

/** Stands for the piece of a conversation that becomes a dead letter. */
export function malformedRecordOf(conversationId: string): string {
  return `malformed record of ${conversationId}`;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
