import type { IncomingMessage } from 'node:http';
import type { BusFault } from './bus-faults.ts';
import type { Refusal, SentEntry } from './put-events.ts';

/** A request's body, decoded: any member may be missing or of another type. */
export type Body = Readonly<Record<string, unknown>>;

/** An answer: a status and a body. */
export interface Answer {
  readonly status: number;
  readonly body: object;
}

/**
 * One of EventBridge's APIs, as far as a poller meets it: its protocol, its limits, and its way of answering.
 */
export interface Face {
  /** The headers of each answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined for a request to the other API. */
  operationOf(request: IncomingMessage): string | undefined;
  isSigned(authorization: string | undefined): boolean;
  /** Undefined if the body is not in this protocol. */
  decode(body: Buffer): Body | undefined;
  encode(body: object): string | Uint8Array;
  /** An error of this name. */
  error(code: string, message: string): Answer;
  putEvents(body: Body, fault: BusFault | undefined): Answer;
  /** Any other operation. */
  answer(operation: string, body: Body): Answer;
}

/** Why the fault at hand fails this entry; undefined if it does not. */
export function faultOf(entry: SentEntry, index: number, fault: BusFault | undefined): Refusal | undefined {
  if (fault?.kind !== 'entries' || !fault.which(entry, index)) return undefined;
  const { code, message = `${code} on demand` } = fault;
  return { code, message };
}
