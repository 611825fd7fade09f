import type { DeadLetter } from '../../src/domain/dead-letter.ts';
import { WRITE_BATCH } from '../../src/ports/dedup-store.ts';
import { type Course, Ledger, type Tolerance } from './ledger.ts';
import type { PollerProcess } from './poller-process.ts';
import { malformedRecordOf } from './stories.ts';
import type { LedgerEntry } from './world.ts';

/** A promise that was broken. `rule` names it. */
export class Violation extends Error {
  readonly rule: string;

  constructor(rule: string, message: string) {
    super(`${rule}: ${message}`);
    this.rule = rule;
  }
}

/**
 * A crash or a pause, and the events that it leaves in flight: on the bus, or on the way to it, and not
 * recorded.
 */
interface Incident {
  readonly kind: 'crash' | 'pause';
  readonly process: PollerProcess;
  /** How many events can be in flight now, by the rules of delivery. */
  readonly bound: number;
  inFlight: number;
  repeated: number;
}

/** Why a further copy of an event may reach the bus. */
type Excuse =
  | { readonly cause: 'unanswered' | 'unrecorded' }
  | { readonly cause: 'incident'; readonly incident: Incident };

/** A call to the bus. */
export interface Put {
  readonly process: PollerProcess;
  readonly ids: readonly string[];
  arrived: boolean;
  unanswered: boolean;
  /** The crash or pause that came over the process while this was on the wire. */
  incident: Incident | undefined;
}

export interface JudgeOptions {
  readonly entries: readonly LedgerEntry[];
  /** IDs that the bus will not take. */
  readonly poison: ReadonlySet<string>;
  /** What the live stream meets for certain. */
  readonly tolerance: Tolerance;
  /** Calls to the bus that a process may have in flight, all its streams together. */
  readonly concurrency: number;
  readonly entriesPerPut: number;
  /** Streams of a process that publish. */
  readonly streams: number;
  /** Simulated time, milliseconds. */
  readonly now: () => number;
  readonly suppresses: boolean;
  /** Whether all that could be repeated happens within what the bus suppresses. */
  readonly repeatsNothing: boolean;
}

/** How long a v2 bus knows an event again after it has accepted it, milliseconds. */
const KNOWN_FOR = 300_000;

/** Figures of a run. */
export interface RunStats {
  facts: number;
  published: number;
  repeated: number;
  /** Attempts that the bus itself recognised as repeats. */
  suppressed: number;
  deadLetters: number;
  unserved: number;
  crashes: number;
  pauses: number;
  unanswered: number;
  largestRepeat: number;
}

/**
 * Holds what happens against what was promised, when it happens: what is published, and how often, and what
 * has been published whenever the checkpoint moves. It knows the facts from the world's own book-keeping.
 */
export class Judge {
  readonly stats: RunStats = {
    facts: 0,
    published: 0,
    repeated: 0,
    suppressed: 0,
    deadLetters: 0,
    unserved: 0,
    crashes: 0,
    pauses: 0,
    unanswered: 0,
    largestRepeat: 0,
  };
  /** The first promise that was broken. */
  violation: Violation | undefined;
  readonly ledger: Ledger<Excuse>;
  private readonly options: JudgeOptions;
  private readonly puts = new Set<Put>();
  private readonly recording = new Map<PollerProcess, number>();
  private readonly disturbed = new Set<PollerProcess>();
  private readonly derivedBefore = new Map<string, string>();
  private readonly incidents: Incident[] = [];

  constructor(options: JudgeOptions) {
    this.options = options;
    this.ledger = new Ledger(options.entries, options.tolerance);
    this.stats.facts = this.ledger.size;
  }

  /** Records a broken promise; only the first counts. */
  breach(rule: string, message: string): void {
    this.violation ??= new Violation(rule, message);
  }

  // What is published

  putIssued(process: PollerProcess, ids: readonly string[]): Put {
    // What a process still does in the instant in which it is stopped lies as long on the wire as it is
    // stopped.
    const incident = process.state === 'paused' ? this.incidents.findLast((one) => one.process === process) : undefined;
    const put: Put = { process, ids, arrived: false, unanswered: false, incident };
    this.puts.add(put);
    const inFlight = [...this.puts].filter((other) => other.process === process).length;
    if (inFlight > this.options.concurrency)
      this.breach('calls', `${process.name} has ${inFlight} calls in flight, ${this.options.concurrency} are the most`);
    for (const id of ids) {
      const course = this.ledger.of(id);
      if (!course) this.breach('nothing invented', `${process.name} publishes ${id}, which is no fact`);
      const found = course?.lookedUp.get(process);
      if (found === undefined) this.breach('read first', `${process.name} publishes ${this.ledger.nameOf(id)} unread`);
      if (found) this.breach('read first', `${process.name} publishes ${this.ledger.nameOf(id)}, known to the table`);
    }
    return put;
  }

  /** Called when a call's answer has been heard. */
  putEnded(put: Put): void {
    this.puts.delete(put);
  }

  putUnanswered(put: Put): void {
    this.stats.unanswered++;
    put.unanswered = true;
    this.puts.delete(put);
    if (!put.arrived) return;
    for (const id of put.ids) {
      const course = this.ledger.of(id);
      if (course?.publisher === put.process && course.copies > 0) course.excuse = { cause: 'unanswered' };
    }
  }

  /** An entry has reached the bus. `data` is its fact as text; `origin` the stored checkpoint's. */
  accepted(put: Put, id: string, data: string, origin: number): void {
    const course = this.ledger.of(id);
    if (!course) {
      this.breach('nothing invented', `${put.process.name} publishes ${id}, which is no fact: ${data}`);
      return;
    }
    if (course.entry.fact.time < origin) this.breach('origin', `${this.ledger.nameOf(id)} is older than the stream`);
    if (course.copies > 0) {
      this.stats.repeated++;
      this.judgeAttempt(put, course, data);
      if (this.isKnown(course))
        this.breach('suppressed', `a v2 bus takes ${this.ledger.nameOf(id)}, which it has to know`);
      if (this.options.repeatsNothing) this.breach('repeats nothing', `${this.ledger.nameOf(id)} is on the bus again`);
    }
    course.copies++;
    course.acceptedAt = this.options.now();
    this.stats.published++;
    this.delivered(put, course, data);
  }

  /**
   * An entry has reached a bus that recognised it. The theory of repeats on a v2 bus is that of a classic
   * one, and this: of the attempts that a classic bus would take again, exactly those are suppressed that
   * come within 300 s of the last copy accepted. So each needs the explanation that a repeat needs, and what
   * follows from it follows from a suppressed one.
   */
  suppressed(put: Put, id: string, data: string): void {
    const course = this.ledger.of(id);
    if (!course || !this.isKnown(course)) {
      this.breach('suppressed', `a v2 bus does not take ${this.ledger.nameOf(id)}, which it cannot know`);
      return;
    }
    this.stats.suppressed++;
    this.judgeAttempt(put, course, data);
    this.delivered(put, course, data);
  }

  /** Whether a v2 bus has to recognise the event. */
  private isKnown({ acceptedAt }: Course<Excuse>): boolean {
    return this.options.suppresses && acceptedAt !== undefined && this.options.now() - acceptedAt < KNOWN_FOR;
  }

  private delivered(put: Put, course: Course<Excuse>, data: string): void {
    course.data = data;
    course.publisher = put.process;
    course.recorded = false;
    if (put.unanswered) course.excuse = { cause: 'unanswered' };
    else if (put.incident) {
      course.excuse = { cause: 'incident', incident: put.incident };
      this.leaveInFlight(put.incident, 1);
    } else course.excuse = this.disturbed.has(put.process) ? { cause: 'unrecorded' } : undefined;
  }

  /** An attempt at an event that has been accepted before needs an explanation. */
  private judgeAttempt(put: Put, course: Course<Excuse>, data: string): void {
    const { id } = course.entry.fact;
    if (data !== course.data)
      this.breach('same data', `two copies of ${this.ledger.nameOf(id)} differ: ${course.data} and ${data}`);
    const { excuse } = course;
    if (put.unanswered || excuse?.cause === 'unanswered') return;
    // What a process could not record it knows all the same.
    if (excuse?.cause === 'unrecorded' && course.publisher !== put.process) return;
    const incident = put.incident ?? (excuse?.cause === 'incident' ? excuse.incident : undefined);
    // So does one that was only paused: another may publish it again.
    const unexplained = !put.incident && incident?.kind === 'pause' && course.publisher === put.process;
    if (!incident || unexplained) {
      this.breach('repeat', `${put.process.name} publishes ${this.ledger.nameOf(id)} again, and nothing explains it`);
      return;
    }
    incident.repeated++;
    this.stats.largestRepeat = Math.max(this.stats.largestRepeat, incident.repeated);
  }

  deadLettered(process: PollerProcess, deadLetter: DeadLetter): void {
    const id = deadLetter.kind === 'event' ? deadLetter.id : malformedRecordOf(deadLetter.conversationId ?? '');
    const course = this.ledger.of(id);
    const doomed = deadLetter.kind === 'record' || this.options.poison.has(id);
    if (!course || !doomed) {
      this.breach('dead letter', `${process.name} stores one of ${this.ledger.nameOf(id)} without need`);
      return;
    }
    course.deadLettered = true;
    this.stats.deadLetters++;
  }

  /** What a record says of an event, by the version of the record: the same from every source. */
  derived(version: string, id: string, data: string): void {
    const key = `${version} ${id}`;
    const before = this.derivedBefore.get(key) ?? data;
    this.derivedBefore.set(key, before);
    if (before === data) return;
    this.breach('same data', `two sources tell ${this.ledger.nameOf(id)} differently: ${before} and ${data}`);
  }

  // What is remembered

  lookedUp(process: PollerProcess, id: string, found: boolean): void {
    this.ledger.of(id)?.lookedUp.set(process, found);
  }

  recordStarted(process: PollerProcess): void {
    this.recording.set(process, (this.recording.get(process) ?? 0) + 1);
  }

  recordEnded(process: PollerProcess): void {
    this.recording.set(process, (this.recording.get(process) ?? 0) - 1);
  }

  recorded(process: PollerProcess, id: string): void {
    const course = this.ledger.of(id);
    if (!course) {
      this.breach('nothing invented', `${process.name} records ${id}, which is no fact`);
      return;
    }
    if (course.copies === 0)
      this.breach('record last', `${process.name} records ${this.ledger.nameOf(id)}, which is not on the bus`);
    course.recorded = true;
  }

  /** A process begins to read: everything it had to record before is recorded, or counted as unrecorded. */
  beginsToRead(process: PollerProcess): void {
    this.disturbed.delete(process);
  }

  /**
   * Something keeps a process from recording in good time what it has brought to the bus, or does so in this
   * cycle.
   */
  recordingDisturbed(process: PollerProcess): void {
    this.disturbed.add(process);
    for (const course of this.unrecordedOf(process)) {
      const paused = course.excuse?.cause === 'incident' && course.excuse.incident.kind === 'pause';
      if (!course.excuse || paused) course.excuse = { cause: 'unrecorded' };
    }
  }

  // What befalls processes

  befalls(kind: Incident['kind'], process: PollerProcess): void {
    if (kind === 'crash') this.stats.crashes++;
    else this.stats.pauses++;
    const { streams, entriesPerPut } = this.options;
    const slots = this.options.concurrency;
    const records = this.recording.get(process) ?? 0;
    const incident: Incident = {
      kind,
      process,
      // What waits for a full record request, one such request for each recording slot, one publication for
      // each other.
      bound: streams * (WRITE_BATCH - 1) + records * WRITE_BATCH + Math.max(0, slots - records) * entriesPerPut,
      inFlight: 0,
      repeated: 0,
    };
    this.incidents.push(incident);
    const left = this.unrecordedOf(process).filter(({ excuse }) => !excuse || excuse.cause === 'incident');
    for (const course of left) course.excuse = { cause: 'incident', incident };
    this.leaveInFlight(incident, left.length);
    for (const put of this.puts) if (put.process === process && !put.arrived) put.incident ??= incident;
  }

  private leaveInFlight(incident: Incident, events: number): void {
    incident.inFlight += events;
    if (incident.inFlight <= incident.bound) return;
    const { kind, process, inFlight, bound } = incident;
    this.breach('bound', `the ${kind} of ${process.name} leaves ${inFlight} events in flight, ${bound} are the most`);
  }

  /**
   * A process has ended in good order: what it brought to the bus is recorded, unless trouble kept it from
   * that.
   */
  ended(process: PollerProcess): void {
    const forgotten = this.unrecordedOf(process)
      .filter(({ excuse }) => !excuse || (excuse.cause === 'incident' && excuse.incident.kind === 'pause'))
      .map((course) => this.ledger.nameOf(course.entry.fact.id));
    if (forgotten.length === 0) return;
    this.breach('records all', `${process.name} ends and leaves unrecorded: ${forgotten.join(', ')}`);
  }

  private unrecordedOf(process: PollerProcess): Course<Excuse>[] {
    return this.ledger.all.filter((course) => course.publisher === process && course.copies > 0 && !course.recorded);
  }
}
