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
 * The end of a message about a text that is none of the names: `: did you mean NAME?`, or nothing where no
 * name is near. Near is a third of the letters, and two in a short text.
 */
export function didYouMean(written: string, names: readonly string[]): string {
  const wanted = written.toLowerCase();
  const ranked = names.map((name) => ({ name, distance: editDistance(wanted, name.toLowerCase()) }));
  const [nearest] = ranked.sort((a, b) => a.distance - b.distance);
  const isNear = nearest !== undefined && nearest.distance <= Math.max(2, wanted.length / 3);
  return isNear ? `: did you mean ${nearest.name}?` : '';
}
