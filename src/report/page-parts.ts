import { readFileSync } from 'node:fs';
import type { PageParts } from './page.ts';

/**
 * The page's script and style, as the build has put them beside this module. A bundle has them inside: there
 * this module is replaced.
 */
export function pageParts(): PageParts {
  return JSON.parse(readFileSync(new URL('./page-parts.json', import.meta.url), 'utf8')) as PageParts;
}
