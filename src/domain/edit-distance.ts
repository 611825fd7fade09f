/** Levenshtein's distance: how many letters to insert, drop or replace to make one text of the other. */
export function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}

/**
 * The name that a misspelt text most likely means; undefined if none is near. Near is a third of `letters`,
 * and two in a short text.
 */
export function nearestName(
  names: readonly string[],
  distanceTo: (name: string) => number,
  letters: number,
): string | undefined {
  const ranked = names.map((name) => ({ name, distance: distanceTo(name) }));
  const [nearest] = ranked.sort((a, b) => a.distance - b.distance);
  return nearest !== undefined && nearest.distance <= Math.max(2, letters / 3) ? nearest.name : undefined;
}

/** The end of a message about a text that is none of the names: `: did you mean NAME?`, or nothing. */
export function didYouMean(written: string, names: readonly string[]): string {
  const wanted = written.toLowerCase();
  return suggesting(nearestName(names, (name) => editDistance(wanted, name.toLowerCase()), wanted.length));
}

/** `: did you mean NAME?`, or nothing where there is no name to suggest. */
export function suggesting(name: string | undefined): string {
  return name === undefined ? '' : `: did you mean ${name}?`;
}
