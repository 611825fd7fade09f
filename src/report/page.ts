import { createHash } from 'node:crypto';
import type { PageData } from './page-data.ts';

/** What every page is made of: built once, with the program (scripts/report/build.ts). */
export interface PageParts {
  readonly script: string;
  readonly style: string;
}

/**
 * One HTML file that needs nothing else. Its policy forbids everything but this very script and this very
 * style: no request leaves the page, and what stands in the log cannot run, whatever it is. The log's texts
 * are data in it, which the script puts in place as text.
 */
export function renderPage(data: PageData, { script, style }: PageParts): string {
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>genesys-poller report</title>
<style>${style}</style>
</head>
<body>
<noscript>This report draws its plots with a script that is part of this file. Open it in a browser that runs scripts.</noscript>
<main id="report"></main>
<script type="application/json" id="data">${embedded(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** JSON that cannot end its element or begin a comment in it, and is JavaScript too. */
function embedded(data: PageData): string {
  return JSON.stringify(data).replace(
    /[<>\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
