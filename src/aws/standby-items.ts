import { parseInstant } from '../domain/instant.ts';
import type { Standby } from '../domain/lease.ts';
import { type Item, instant, text } from './state-attributes.ts';
import type { Update } from './state-items.ts';

/** The standbys of a stream, one for each attribute of the item that is not a key. */
export function readStandbys(item: Item): readonly Standby[] {
  return Object.entries(item).flatMap(([holder, { M: fields }]) => {
    const at = parseInstant(fields?.at?.S);
    if (at === undefined) return [];
    const programVersion = fields?.programVersion?.S;
    return [{ holder, at, ...(programVersion !== undefined && { programVersion }) }];
  });
}

/**
 * Writes the note of a standby, and removes those of the gone. Each note is an attribute of its own, so that
 * no writer overwrites another and the item stays small.
 */
export function standbyUpdate(standby: Standby, gone: readonly Standby[]): Update {
  const { holder, at, programVersion } = standby;
  const removal = gone.length > 0 ? ` REMOVE ${gone.map((_, n) => `#gone${n}`).join(', ')}` : '';
  return {
    UpdateExpression: `SET #own = :own${removal}`,
    ExpressionAttributeNames: {
      '#own': holder,
      ...Object.fromEntries(gone.map((one, n) => [`#gone${n}`, one.holder])),
    },
    ExpressionAttributeValues: {
      ':own': { M: { at: instant(at), ...(programVersion !== undefined && { programVersion: text(programVersion) }) } },
    },
  };
}
