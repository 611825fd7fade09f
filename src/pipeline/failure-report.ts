import { Failure } from '../domain/failure.ts';

/** What a log line says of something that was thrown. */
export function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}

/**
 * The members of that line: an operator's failure names its code; anything else is a defect of this program,
 * and its stack is what finds it.
 */
export function factsOf(failure: unknown): Readonly<Record<string, unknown>> {
  if (failure instanceof Failure) return { code: failure.code, ...failure.facts };
  return { code: 'defect', stack: failure instanceof Error ? failure.stack : undefined };
}

/** What a last cycle tells of something that was thrown. */
export function brieflyOf(failure: unknown): { readonly code: string; readonly reason: string } {
  return { code: failure instanceof Failure ? failure.code : 'defect', reason: messageOf(failure) };
}
