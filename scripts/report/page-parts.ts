import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { PageParts } from '../../src/report/page.ts';
import { PROJECT } from '../package/project.ts';

const CLIENT = join(PROJECT, 'src/report/client');
const UPLOT = join(PROJECT, 'node_modules/uplot');

/**
 * What the page of a report is made of besides its data: the client with uPlot inside, whose licence stays
 * with it, and the styles.
 */
export async function buildPageParts(): Promise<PageParts> {
  const { outputFiles } = await build({
    absWorkingDir: PROJECT,
    entryPoints: [join(CLIENT, 'main.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    charset: 'ascii',
    tsconfig: join(CLIENT, 'tsconfig.json'),
    logLevel: 'warning',
  });
  const licence = readFileSync(join(UPLOT, 'LICENSE'), 'utf8').trim();
  const styles = [join(UPLOT, 'dist/uPlot.min.css'), join(CLIENT, 'style.css')].map((file) =>
    readFileSync(file, 'utf8').trim(),
  );
  const script = `/* Contains uPlot.\n\n${licence}\n*/\n${outputFiles[0]?.text ?? ''}`;
  return { script: safeInElement(script), style: safeInElement(styles.join('\n')) };
}

/** What is inside an element of HTML must not end it. */
function safeInElement(text: string): string {
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error('The page’s own script or style would end its element');
  return text;
}
