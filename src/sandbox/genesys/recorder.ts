import type { Fact, Lateness } from './facts.ts';
import type { Random, Range } from './random.ts';
import { type Piece, type Recording, recordingOf, type Step } from './recording.ts';

/**
 * A participant with one session, as a story handles it: the contact's line, an agent's, a place in a queue.
 */
export interface Leg {
  readonly participant: Piece;
  readonly session: Piece;
  readonly participantId: string;
  readonly sessionId: string;
  /** When its first segment began. */
  since: number;
  /** The segment that has not ended yet. */
  open?: Piece;
}

type Members = Readonly<Record<string, unknown>>;

/** A fact before it is known when it shows. */
export type Draft = Omit<
  Fact,
  'visibleAt' | 'goneAt' | 'originatingDirection' | 'campaign' | 'conversationStart' | 'conversationId'
>;

interface Change extends Step {
  /** Known only when the story is over. */
  visibleAt: number;
  readonly facts: readonly Draft[];
  /** A fact that this step takes out of the record again. */
  readonly revokes: Draft | undefined;
}

/** How a conversation is written down. */
export interface Manner {
  /** How long a change takes to show, milliseconds. */
  readonly delay: Range;
  /** All times on whole seconds and written without a fraction, as some of Genesys's records have them. */
  readonly wholeSeconds: boolean;
  /** Newest participants, sessions and segments first: their order means nothing. */
  readonly newestFirst: boolean;
}

/**
 * Records a story as it runs: the changes it makes to the conversation's record, and beside them the facts
 * that come true with each, as the story states them. The facts are never read off the record.
 */
export class Recorder {
  readonly conversationId: string;
  readonly random: Random;
  private readonly manner: Manner;
  private readonly conversation: Piece = {};
  private readonly changes: Change[] = [];
  private direction = '';
  private started = Number.NaN;
  private campaign = false;
  private earliest = Number.POSITIVE_INFINITY;
  private latest = Number.NEGATIVE_INFINITY;

  constructor(random: Random, manner: Manner) {
    this.random = random;
    this.manner = manner;
    this.conversationId = random.uuid();
  }

  /** The time as the record writes it. */
  tick(at: number): number {
    return this.manner.wholeSeconds ? Math.floor(at / 1000) * 1000 : at;
  }

  /** A time in the form of this record. */
  stamp(at: number): string {
    const time = this.tick(at);
    this.earliest = Math.min(this.earliest, time);
    this.latest = Math.max(this.latest, time);
    const text = new Date(time).toISOString();
    return this.manner.wholeSeconds ? text.replace('.000Z', 'Z') : text;
  }

  begin(at: number, originatingDirection: string, members: Members): void {
    this.direction = originatingDirection;
    this.started = this.tick(at);
    const { conversationId } = this;
    this.write(
      at,
      this.conversation,
      { conversationId, conversationStart: this.stamp(at), originatingDirection, ...members },
      [this.fact('conversationStarted', at)],
    );
  }

  end(at: number): void {
    this.write(at, this.conversation, { conversationEnd: this.stamp(at) }, [this.fact('conversationEnded', at)]);
  }

  /** A participant without sessions. */
  bystander(at: number, members: Members): Piece {
    const piece: Piece = { parent: this.conversation, list: 'participants' };
    this.write(at, piece, { participantId: this.random.uuid(), ...members });
    return piece;
  }

  /** A participant and its session, without segments yet. */
  join(at: number, participant: Members, session: Members): Leg {
    const person: Piece = { parent: this.conversation, list: 'participants' };
    const leg: Leg = {
      participant: person,
      session: { parent: person, list: 'sessions' },
      participantId: this.random.uuid(),
      sessionId: this.random.uuid(),
      since: Number.NaN,
    };
    if (session.outboundCampaignId) this.campaign = true;
    this.write(at, leg.participant, { participantId: leg.participantId, ...participant });
    this.write(at, leg.session, { sessionId: leg.sessionId, ...session });
    return leg;
  }

  /** Begins a segment. */
  open(leg: Leg, at: number, segmentType: string, facts: readonly Draft[], members: Members = {}): Piece {
    const segment: Piece = { parent: leg.session, list: 'segments' };
    if (Number.isNaN(leg.since)) leg.since = this.tick(at);
    leg.open = segment;
    this.write(at, segment, { segmentType, segmentStart: this.stamp(at), ...members }, facts);
    return segment;
  }

  /** Ends the open segment. */
  close(leg: Leg, at: number, facts: readonly Draft[], members: Members = {}): void {
    if (!leg.open) throw new Error('no segment is open');
    this.write(at, leg.open, { segmentEnd: this.stamp(at), ...members }, facts);
    delete leg.open;
  }

  /** Any change of a piece, with what comes true by it. */
  write(at: number, piece: Piece, set: Members, facts: readonly Draft[] = [], revokes?: Draft): void {
    this.changes.push({ at, visibleAt: at, piece, set, facts, revokes });
  }

  fact(eventType: string, at: number, leg?: Leg, qualifier = '', lateness: Lateness = 'prompt'): Draft {
    return {
      eventType,
      timestamp: this.tick(at),
      participantId: leg?.participantId ?? '',
      sessionId: leg?.sessionId ?? '',
      qualifier,
      lateness,
    };
  }

  /**
   * The story as a whole. Changes show in the order in which they happened, each after a delay of its own.
   */
  finish(): Recording {
    const steps = this.changes.sort((a, b) => a.at - b.at);
    let visibleAt = Number.NEGATIVE_INFINITY;
    for (const step of steps) {
      visibleAt = Math.max(visibleAt, step.at + this.random.between(this.manner.delay));
      step.visibleAt = visibleAt;
    }
    const { conversationId } = this;
    return recordingOf(
      { conversationId, steps, facts: () => this.factsOf(steps), times: [this.earliest, this.latest] },
      this.conversation,
      this.manner.newestFirst,
    );
  }

  private factsOf(steps: readonly Change[]): readonly Fact[] {
    const gone = new Map<Draft, number>();
    for (const step of steps) if (step.revokes) gone.set(step.revokes, step.visibleAt);
    // In whole seconds, two timestamps may become one: the same fact, known from the first.
    const facts = new Map<string, Fact>();
    for (const step of steps) {
      for (const draft of step.facts) {
        const key = `${draft.eventType}:${draft.timestamp}:${draft.sessionId}:${draft.qualifier}`;
        if (!facts.has(key)) facts.set(key, this.complete(draft, step.visibleAt, gone.get(draft)));
      }
    }
    return [...facts.values()];
  }

  private complete(draft: Draft, visibleAt: number, goneAt: number | undefined): Fact {
    return {
      ...draft,
      conversationId: this.conversationId,
      visibleAt,
      ...(goneAt !== undefined && { goneAt }),
      originatingDirection: this.direction,
      campaign: this.campaign,
      conversationStart: this.started,
    };
  }
}
