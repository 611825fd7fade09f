import { deriveConversation } from '../domain/derive.ts';
import type { Derivation } from '../domain/event.ts';
import type { PhoneNumbers } from '../domain/privacy.ts';
import { inScope, type Scope } from '../domain/selection.ts';
import { CONVERSATIONS } from '../domain/streams.ts';
import { planWindow, type WindowRules } from '../domain/window.ts';
import type { ConversationSource } from '../ports/conversation-source.ts';
import type { Stream } from '../ports/stream.ts';
import { MAX_CHECKPOINT_LAG } from './live-watermark.ts';

export interface ConversationStreamOptions {
  readonly source: ConversationSource;
  readonly rules: WindowRules;
  readonly scope: Scope;
  readonly phoneNumbers: PhoneNumbers;
  /** Where to begin without a checkpoint, given the time of the first start; epoch milliseconds. */
  readonly startsAt: (now: number) => number;
  /** See Stream. */
  readonly maxCheckpointLag?: number;
}

/** Short windows cost a few requests each. This many keep a slow source busy. */
export const WINDOWS_AHEAD = 12;

/** The near-real-time stream of conversations: a window behind now that follows the clock. */
export function conversationStream(options: ConversationStreamOptions): Stream {
  const { source, rules, scope, phoneNumbers, startsAt, maxCheckpointLag = MAX_CHECKPOINT_LAG } = options;
  return {
    name: CONVERSATIONS,
    prefetchWindows: WINDOWS_AHEAD,
    maxCheckpointLag,
    now: (context) => source.now(context),
    startsAt: async (now) => startsAt(now),
    plan: async (checkpoint, now) => planWindow(checkpoint, now, rules),
    read: (window, context) => source.read(window, context),
    derive: (record) => deriveInScope(record, scope, phoneNumbers),
  };
}

/** The events of a conversation; undefined if it is not in the scope. */
export function deriveInScope(record: unknown, scope: Scope, phoneNumbers: PhoneNumbers): Derivation | undefined {
  return inScope(record, scope) ? deriveConversation(record, phoneNumbers) : undefined;
}
