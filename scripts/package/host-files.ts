import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { completionScript } from '../../src/cli/completion.ts';
import { createProgram } from '../../src/cli/program.ts';
import type { Runtime } from './runtime.ts';

/** Where the npm package's content is on a host, under the names that it has there. */
export const LIBRARY = '/usr/lib/genesys-poller';
const DOCUMENTS = '/usr/share/doc/genesys-poller';

/** Where the shells look. Debian's zsh has vendor-completions in its path, Red Hat's has site-functions. */
const COMPLETIONS = [
  ['bash', '/usr/share/bash-completion/completions/genesys-poller'],
  ['zsh', '/usr/share/zsh/vendor-completions/_genesys-poller'],
  ['zsh', '/usr/share/zsh/site-functions/_genesys-poller'],
  ['fish', '/usr/share/fish/vendor_completions.d/genesys-poller.fish'],
] as const;

/** What the operator edits. Secrets can be read by root alone; systemd hands them to the service. */
export const CONFIGURATION: Readonly<Record<string, { readonly mode: number; readonly from?: string }>> = {
  '/etc/genesys-poller/genesys-poller.yaml': { mode: 0o644, from: 'config/genesys-poller.example.yaml' },
  '/etc/genesys-poller/environment': { mode: 0o644 },
  '/etc/genesys-poller/client-id': { mode: 0o600 },
  '/etc/genesys-poller/client-secret': { mode: 0o600 },
};

/**
 * Puts the files of a Linux package under `root`, made of a staged npm package: program, units, manual page,
 * shell completion and configuration. With a runtime the program runs on that, else on the host's
 * /usr/bin/node.
 */
export function stageHostFiles(staged: string, root: string, runtime: Runtime | undefined): void {
  const at = (path: string): string => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    return join(root, path);
  };
  const write = (path: string, content: string | Buffer, mode = 0o644): void => {
    writeFileSync(at(path), content);
    chmodSync(at(path), mode);
  };
  const ours = (path: string): string => readFileSync(join(staged, path), 'utf8');

  cpSync(staged, at(LIBRARY), { recursive: true });
  const node = runtime ? `${LIBRARY}/node` : '/usr/bin/node';
  write(`${LIBRARY}/dist/main.js`, ours('dist/main.js').replace(/^#!.*$/m, `#!${node}`), 0o755);
  symlinkSync(`..${LIBRARY.slice('/usr'.length)}/dist/main.js`, at('/usr/bin/genesys-poller'));
  const licenses = [ours('LICENSE'), ours('THIRD-PARTY-LICENSES')];
  if (runtime) {
    cpSync(runtime.node, at(node));
    chmodSync(at(node), 0o755);
    licenses.push(readFileSync(runtime.license, 'utf8'));
  }
  for (const unit of readdirSync(join(staged, 'systemd')).filter((name) => name.endsWith('.service'))) {
    write(`/usr/lib/systemd/system/${unit}`, unitOfPackage(ours(`systemd/${unit}`)));
  }
  write('/usr/share/man/man1/genesys-poller.1.gz', gzipSync(ours('man/genesys-poller.1'), { level: 9 }));
  const program = createProgram('', () => undefined);
  for (const [shell, path] of COMPLETIONS) write(path, completionScript(shell, program));
  write(`${DOCUMENTS}/copyright`, licenses.join('\n'));
  write(`${DOCUMENTS}/changelog.gz`, gzipSync(ours('CHANGELOG.md'), { level: 9 }));
  // The program's `help` reads the pages where they are: an image may leave out what is in /usr/share/doc.
  symlinkSync(`../../..${LIBRARY.slice('/usr'.length)}/docs`, at(`${DOCUMENTS}/docs`));
  for (const [path, { mode, from }] of Object.entries(CONFIGURATION)) write(path, from ? ours(from) : '', mode);
}

/**
 * The units of the checkout call an npm installation in /opt; those of a package, the package's own command.
 */
function unitOfPackage(text: string): string {
  return text
    .replaceAll('/usr/bin/node /opt/genesys-poller/bin/genesys-poller', '/usr/bin/genesys-poller')
    .replace(/^Documentation=.*$/m, `Documentation=man:genesys-poller(1) file:${DOCUMENTS}/docs/install.md`);
}

/** What the files under a folder take, in KiB, as `Installed-Size` wants it. */
export function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const sizes = files.map((file) => Math.ceil(statSync(join(file.parentPath, file.name)).size / 1024));
  return sizes.reduce((sum, size) => sum + size, 0);
}
