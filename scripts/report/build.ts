import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../package/project.ts';
import { buildPageParts } from './page-parts.ts';

// Part of the build: puts the page's script and style beside the module that reads them.
const folder = join(PROJECT, 'dist/report');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'page-parts.json'), JSON.stringify(await buildPageParts()));
