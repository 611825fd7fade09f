import type { DeadLetter } from '../../src/domain/dead-letter.ts';
import { WRITE_BATCH } from '../../src/ports/dedup-table.ts';
import type { PollerProcess } from './poller-process.ts';
import { flawOf, type Story } from './stories.ts';
import type { LedgerEntry } from './world.ts';

/** A promise that was broken. `rule` names it. */
export class Violation extends Error {
  readonly rule: string;

  constructor(rule: string, message: string) {
    super(`${rule}: ${message}`);
    this.rule = rule;
  }
}

/** A crash or a pause, and the events that it leaves in flight: on the bus, or on the way to it, and not recorded. */
interface Incident {
  readonly kind: 'crash' | 'pause';
  readonly process: PollerProcess;
  /** How many events can be in flight at this moment, by the rules of delivery. */
  readonly bound: number;
  inFlight: number;
  repeated: number;
}

/** Why a further copy of an event may reach the bus. */
type Excuse =
  | { readonly cause: 'unanswered' | 'unrecorded' }
  | { readonly cause: 'incident'; readonly incident: Incident; readonly fence: number };

/** A call to the bus. */
export interface Put {
  readonly process: PollerProcess;
  readonly fence: number;
  readonly ids: readonly string[];
  arrived: boolean;
  unanswered: boolean;
  /** The crash or pause that came over the process while this was on the wire. */
  incident: Incident | undefined;
}

/** What has become of a fact so far. */
interface Course {
  readonly entry: LedgerEntry;
  copies: number;
  data: string;
  publisher: PollerProcess | undefined;
  fence: number;
  recorded: boolean;
  deadLettered: boolean;
  excuse: Excuse | undefined;
  /** Who has looked this ID up, and whether it was found when each last did. */
  readonly lookedUp: Map<PollerProcess, boolean>;
  /** Whether a reader missed it because pages shifted, and has not been served it again. */
  missed: boolean;
}

export interface JudgeOptions {
  readonly ledger: readonly LedgerEntry[];
  /** IDs that the bus will not take. */
  readonly poison: ReadonlySet<string>;
  /** How late, after its anchor, a fact may show and still be met for certain: milliseconds. */
  readonly reach: number;
  readonly concurrency: number;
  readonly entriesPerPut: number;
  /** The true time, epoch milliseconds. */
  readonly now: () => number;
}

/** Figures of a run. */
export interface Tally {
  facts: number;
  published: number;
  repeated: number;
  deadLetters: number;
  unserved: number;
  crashes: number;
  pauses: number;
  unanswered: number;
  largestRepeat: number;
}

/**
 * Holds what happens against what was promised, at the moment it happens: what is published, and how often, and what has
 * been published whenever the checkpoint moves. It knows the facts from the world's own book-keeping.
 */
export class Judge {
  readonly tally: Tally = {
    facts: 0,
    published: 0,
    repeated: 0,
    deadLetters: 0,
    unserved: 0,
    crashes: 0,
    pauses: 0,
    unanswered: 0,
    largestRepeat: 0,
  };
  /** The first promise that was broken. */
  violation: Violation | undefined;
  private readonly options: JudgeOptions;
  private readonly courses = new Map<string, Course>();
  private readonly ofConversation = new Map<string, Course[]>();
  private readonly puts = new Set<Put>();
  private readonly recording = new Map<PollerProcess, number>();
  private readonly disturbed = new Set<PollerProcess>();
  private readonly incidents: Incident[] = [];

  constructor(options: JudgeOptions) {
    this.options = options;
    for (const entry of options.ledger) {
      const course: Course = {
        entry,
        copies: 0,
        data: '',
        publisher: undefined,
        fence: 0,
        recorded: false,
        deadLettered: false,
        excuse: undefined,
        lookedUp: new Map(),
        missed: false,
      };
      this.courses.set(entry.fact.id, course);
      const { conversationId } = entry.fact;
      const others = this.ofConversation.get(conversationId);
      if (others) others.push(course);
      else this.ofConversation.set(conversationId, [course]);
    }
    this.tally.facts = this.courses.size;
  }

  /** Records a broken promise; only the first counts. */
  breach(rule: string, message: string): void {
    this.violation ??= new Violation(rule, message);
  }

  // What is published

  putIssued(process: PollerProcess, ids: readonly string[]): Put {
    // What a process still does in the instant in which it is stopped lies as long on the wire as it is stopped.
    const incident = process.state === 'paused' ? this.incidents.findLast((one) => one.process === process) : undefined;
    const put: Put = { process, fence: process.fence, ids, arrived: false, unanswered: false, incident };
    this.puts.add(put);
    for (const id of ids) {
      const found = this.courses.get(id)?.lookedUp.get(process);
      if (found === undefined) this.breach('read first', `${process.name} publishes ${this.nameOf(id)} unread`);
      if (found) this.breach('read first', `${process.name} publishes ${this.nameOf(id)}, known to the table`);
    }
    return put;
  }

  /** Told when a call's answer has been heard. */
  putEnded(put: Put): void {
    this.puts.delete(put);
  }

  putUnanswered(put: Put): void {
    this.tally.unanswered++;
    put.unanswered = true;
    this.puts.delete(put);
    if (!put.arrived) return;
    for (const id of put.ids) {
      const course = this.courses.get(id);
      if (course?.publisher === put.process && course.copies > 0) course.excuse = { cause: 'unanswered' };
    }
  }

  /** An entry has reached the bus. `data` is its fact as text; `origin` the stored checkpoint's. */
  accepted(put: Put, id: string, data: string, origin: number): void {
    const course = this.courses.get(id);
    if (!course) {
      this.breach('nothing invented', `${put.process.name} publishes ${id}, which is no fact: ${data}`);
      return;
    }
    if (course.entry.fact.time < origin) this.breach('origin', `${this.nameOf(id)} is older than the stream`);
    course.copies++;
    this.tally.published++;
    if (course.copies > 1) this.judgeRepeat(put, course, data);
    course.data = data;
    course.publisher = put.process;
    course.fence = put.fence;
    course.recorded = false;
    if (put.unanswered) course.excuse = { cause: 'unanswered' };
    else if (put.incident) {
      course.excuse = { cause: 'incident', incident: put.incident, fence: put.fence };
      this.leaveInFlight(put.incident, 1);
    } else course.excuse = this.disturbed.has(put.process) ? { cause: 'unrecorded' } : undefined;
  }

  private judgeRepeat(put: Put, course: Course, data: string): void {
    const { id } = course.entry.fact;
    this.tally.repeated++;
    if (data !== course.data)
      this.breach('same data', `two copies of ${this.nameOf(id)} differ: ${course.data} and ${data}`);
    const { excuse } = course;
    if (put.unanswered || excuse?.cause === 'unanswered') return;
    // What a process could not record it knows all the same.
    if (excuse?.cause === 'unrecorded' && course.publisher !== put.process) return;
    const incident = put.incident ?? (excuse?.cause === 'incident' ? excuse.incident : undefined);
    // Who was only paused knows what it published: none but another tenure may publish it again.
    const unexplained = !put.incident && incident?.kind === 'pause' && course.fence === put.fence;
    if (!incident || unexplained) {
      this.breach('repeat', `${put.process.name} publishes ${this.nameOf(id)} again, and nothing explains it`);
      return;
    }
    incident.repeated++;
    this.tally.largestRepeat = Math.max(this.tally.largestRepeat, incident.repeated);
  }

  deadLettered(process: PollerProcess, letter: DeadLetter): void {
    const id = letter.kind === 'event' ? letter.id : flawOf(letter.conversationId ?? '');
    const course = this.courses.get(id);
    const doomed = letter.kind === 'record' || this.options.poison.has(id);
    if (!course || !doomed) {
      this.breach('dead letter', `${process.name} sets ${this.nameOf(id)} aside without need`);
      return;
    }
    course.deadLettered = true;
    this.tally.deadLetters++;
  }

  // What is remembered

  lookedUp(process: PollerProcess, id: string, found: boolean): void {
    this.courses.get(id)?.lookedUp.set(process, found);
  }

  recordStarted(process: PollerProcess): void {
    this.recording.set(process, (this.recording.get(process) ?? 0) + 1);
  }

  recordEnded(process: PollerProcess): void {
    this.recording.set(process, (this.recording.get(process) ?? 0) - 1);
  }

  recorded(process: PollerProcess, id: string): void {
    const course = this.courses.get(id);
    if (!course) {
      this.breach('nothing invented', `${process.name} records ${id}, which is no fact`);
      return;
    }
    if (course.copies === 0)
      this.breach('record last', `${process.name} records ${this.nameOf(id)}, which is not on the bus`);
    course.recorded = true;
  }

  /** A process begins to read: whatever it had to record before is recorded, or owed. */
  beginsToRead(process: PollerProcess): void {
    this.disturbed.delete(process);
  }

  /** Something keeps a process from recording in good time what it has brought to the bus, or does so in this cycle. */
  recordingDisturbed(process: PollerProcess): void {
    this.disturbed.add(process);
    for (const course of this.unrecordedOf(process)) {
      const paused = course.excuse?.cause === 'incident' && course.excuse.incident.kind === 'pause';
      if (!course.excuse || paused) course.excuse = { cause: 'unrecorded' };
    }
  }

  // What befalls processes

  befalls(kind: Incident['kind'], process: PollerProcess): void {
    if (kind === 'crash') this.tally.crashes++;
    else this.tally.pauses++;
    const { concurrency, entriesPerPut } = this.options;
    const records = this.recording.get(process) ?? 0;
    const incident: Incident = {
      kind,
      process,
      // What waits for a full record request, one such request for each recording slot, one publication for each other.
      bound: WRITE_BATCH - 1 + records * WRITE_BATCH + Math.max(0, concurrency - records) * entriesPerPut,
      inFlight: 0,
      repeated: 0,
    };
    this.incidents.push(incident);
    const left = this.unrecordedOf(process).filter(({ excuse }) => !excuse || excuse.cause === 'incident');
    for (const course of left) course.excuse = { cause: 'incident', incident, fence: course.fence };
    this.leaveInFlight(incident, left.length);
    for (const put of this.puts) if (put.process === process && !put.arrived) put.incident ??= incident;
  }

  private leaveInFlight(incident: Incident, events: number): void {
    incident.inFlight += events;
    if (incident.inFlight <= incident.bound) return;
    const { kind, process, inFlight, bound } = incident;
    this.breach('bound', `the ${kind} of ${process.name} leaves ${inFlight} events in flight, ${bound} are the most`);
  }

  private unrecordedOf(process: PollerProcess): Course[] {
    return [...this.courses.values()].filter(
      (course) => course.publisher === process && course.copies > 0 && !course.recorded,
    );
  }

  // What is complete

  /** A page was served: what is on it can no longer be missed, what it leaves out has been. */
  paged({ served, missed }: { readonly served: readonly Story[]; readonly missed: readonly Story[] }): void {
    for (const story of served) for (const course of this.coursesOf(story)) course.missed = false;
    for (const story of missed) for (const course of this.coursesOf(story)) course.missed = true;
  }

  /**
   * The facts that ought to have been delivered by a reader of windows from `origin` up to `watermark` who began to read the
   * last of them at `since`; epoch milliseconds.
   */
  undelivered(origin: number, watermark: number, since: number): readonly string[] {
    const names: string[] = [];
    for (const course of this.courses.values()) {
      if (course.copies > 0 || course.deadLettered || course.missed) continue;
      if (this.isDue(course, origin, watermark, since)) names.push(this.nameOf(course.entry.fact.id));
    }
    return names;
  }

  /** How many due facts the source never served, since its pages shifted under the reader. */
  countUnserved(origin: number): void {
    for (const course of this.courses.values()) {
      const open = course.copies === 0 && !course.deadLettered && course.missed;
      if (open && this.isDue(course, origin, Number.POSITIVE_INFINITY, this.options.now())) this.tally.unserved++;
    }
  }

  /** What a process has brought to the bus and not recorded, although no trouble kept it from that. */
  unrecorded(process: PollerProcess): readonly string[] {
    return this.unrecordedOf(process)
      .filter(({ excuse }) => !excuse || (excuse.cause === 'incident' && excuse.incident.kind === 'pause'))
      .map((course) => this.nameOf(course.entry.fact.id));
  }

  private isDue({ entry }: Course, origin: number, watermark: number, since: number): boolean {
    if (entry.retracted || entry.fact.time < origin) return false;
    return entry.sights.some(
      ({ anchor, from }) =>
        anchor >= origin && anchor < watermark && from <= since && from <= anchor + this.options.reach,
    );
  }

  private coursesOf(story: Story): readonly Course[] {
    return this.ofConversation.get(story.conversationId) ?? [];
  }

  nameOf(id: string): string {
    const fact = this.courses.get(id)?.entry.fact;
    return fact ? `${fact.eventType} of ${fact.conversationId} at ${new Date(fact.time).toISOString().slice(11)}` : id;
  }
}
