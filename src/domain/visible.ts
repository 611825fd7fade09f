/**
 * Characters that do something to a terminal, or to the order in which its reader sees the others, instead of
 * being seen: C0 without tab and line feed, DEL and C1 (ECMA-48), line separators, and Unicode's controls of
 * direction (UAX #9). Joiners of no width stay: whole scripts need them.
 */
const CONTROLS = /[^\P{Cc}\t\n]|[\p{Bidi_Control}\u2028\u2029]/gu;

/**
 * The text with control characters written as JSON writes them, such as \u001b: what was JSON still is, and
 * means the same.
 */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, escaped);
}

/** The text as part of a line: tabs and line feeds are no longer structure either. */
export function escapeControlsInLine(text: string): string {
  return escapeControls(text).replace(/[\t\n]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
