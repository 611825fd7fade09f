import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { buildPageParts } from '../report/page-parts.ts';
import { PROJECT } from './project.ts';

/**
 * A CommonJS module in the bundle calls `require` for Node's own modules; an ES module has none unless it
 * makes one.
 */
const REQUIRE = `import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);`;

/** Packages inside the page of `genesys-poller report`. */
const IN_PAGE = ['node_modules/uplot/'];

/** The module that reads the parts of that page from a file has them inside. */
const pagePartsInside: Plugin = {
  name: 'page-parts',
  setup({ onLoad }) {
    onLoad({ filter: /src\/report\/page-parts\.ts$/ }, async () => ({
      contents: `const parts = ${JSON.stringify(await buildPageParts())};\nexport const pageParts = () => parts;`,
    }));
  },
};

/** dynalite loads its actions by names without the `.js` that the files have in the bundle. */
const dynaliteActions: Plugin = {
  name: 'dynalite-actions',
  setup({ onLoad }) {
    onLoad({ filter: /node_modules\/dynalite\/index\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        /require\('(\.\/\w+\/)' \+ action\)/g,
        "require('$1' + action + '.js')",
      ),
    }));
  },
};

/**
 * axios asks for `fetch` when it is loaded, for which Node compiles undici. The program's requests go by
 * Node's own
 * `http`, which axios takes before.
 */
const nodeHttpOnly: Plugin = {
  name: 'node-http-only',
  setup({ onLoad }) {
    onLoad({ filter: /node_modules\/axios\/lib\/adapters\/fetch\.js$/ }, () => ({
      contents: 'export const getFetch = () => undefined;',
    }));
  },
};

/**
 * Bundles the program with all its dependencies into `folder`: `main.js`, and a chunk for what each command
 * loads when it is called. Names of functions stay, so that a stack trace can be read. Resolves to the
 * folders of the npm packages of which something is inside, relative to the project, sorted.
 */
export async function bundle(folder: string): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: PROJECT,
    entryPoints: ['src/main.ts'],
    outdir: folder,
    bundle: true,
    splitting: true,
    metafile: true,
    platform: 'node',
    format: 'esm',
    // The names of modules stay inside: they say nothing of where this checkout keeps its packages.
    preserveSymlinks: true,
    // The oldest Node that the package supports.
    target: 'node20.19',
    minifyWhitespace: true,
    minifySyntax: true,
    // THIRD-PARTY-LICENSES has them, complete.
    legalComments: 'none',
    banner: { js: REQUIRE },
    // As modules of ES, unused parts of the AWS SDK stay outside: half a megabyte that Node need not compile.
    mainFields: ['module', 'main'],
    // Native code, which dynalite would need only for a database in a folder. The sandbox's is in memory.
    alias: {
      'classic-level': join(PROJECT, 'scripts/package/no-classic-level.js'),
      'form-data': join(PROJECT, 'scripts/package/no-form-data.js'),
    },
    plugins: [pagePartsInside, dynaliteActions, nodeHttpOnly],
    logLevel: 'warning',
  });
  chmodSync(join(folder, 'main.js'), 0o755);
  const inside = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => path),
  );
  const packages = [...inside, ...IN_PAGE].map(
    (path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? '',
  );
  return [...new Set(packages)].filter((path) => path !== '').sort();
}

/**
 * Text that stands for the licences of the packages in these folders: each one's name, version, licence, and
 * its files of that.
 */
export function thirdPartyLicenses(packages: readonly string[]): string {
  const sections = packages.map((path) => {
    const folder = join(PROJECT, path);
    const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const files = readdirSync(folder)
      .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
      .sort();
    const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
    const without = textOf(license?.type ?? license, author?.name ?? author);
    return [`${name} ${version}`, ...(texts.length > 0 ? texts : [without])].join('\n\n');
  });
  const opening = 'This program contains the following packages, under these licences.';
  return `${[opening, ...sections].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

/**
 * Some packages name their licence in package.json and come without its text. Ours is of the same words, but
 * for the holder.
 */
function textOf(license: string, holder: string): string {
  if (license !== 'MIT') return `${license}, by ${holder}`;
  return readFileSync(join(PROJECT, 'LICENSE'), 'utf8')
    .replace(/^Copyright.*$/m, `Copyright (c) ${holder}`)
    .trim();
}
