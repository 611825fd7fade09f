import { createHash, hash } from 'node:crypto';
import { formatInstant, type Instant } from './instant.ts';
import { writeJson } from './json.ts';

/** What makes a fact this fact. Absent parts count as the empty string. */
export interface Identity {
  readonly conversationId: string;
  readonly eventType: string;
  readonly timestamp: Instant;
  readonly participantId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly qualifier?: string | undefined;
}

/**
 * The deduplication ID: lower-case hex SHA-256 over the UTF-8 of
 * `conversationId:eventType:timestamp:participantId:sessionId:qualifier`. A contract with every consumer: the
 * tests pin vectors that were computed outside this program.
 */
export function deduplicationId(of: Identity): string {
  const recipe = [
    of.conversationId,
    of.eventType,
    formatInstant(of.timestamp),
    of.participantId ?? '',
    of.sessionId ?? '',
    of.qualifier ?? '',
  ];
  return sha256(recipe.join(':'));
}

/**
 * The ID of a record that has no identity of its own: of its canonical JSON, so that seeing it again changes
 * nothing.
 */
export function recordId(record: unknown): string {
  const sum = createHash('sha256');
  writeJson(record, 'canonical', (chunk) => sum.update(chunk));
  return sum.digest('hex');
}

function sha256(text: string): string {
  return hash('sha256', text);
}
