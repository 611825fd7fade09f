import { execFile } from 'node:child_process';
import { cp, mkdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { BARE_ENVIRONMENT } from './environment.ts';

const execute = promisify(execFile);

/** `COPY`, and what stands after it. */
export interface Instruction {
  readonly keyword: string;
  readonly rest: string;
}

/** What an image says about how it is run. */
export interface Image {
  /** The folder that stands for `/`. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

/** The instructions of a Dockerfile, continued lines joined, comments left out. */
export function instructionsOf(text: string): readonly Instruction[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => {
      const [, keyword = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
      return { keyword: keyword.toUpperCase(), rest };
    });
}

/**
 * The argument of an instruction in exec form; an Error for the shell form, which needs a shell in the image.
 */
export function execForm(rest: string): readonly string[] {
  const json = JSON.parse(rest.replace(/^--.*CMD\s+/, '').replace(/^.*?(?=\[)/, ''));
  if (!Array.isArray(json)) throw new Error(`not in exec form: ${rest}`);
  return json;
}

/**
 * Performs a Dockerfile without Docker: each stage gets an empty folder under `scratch` for its root, files
 * are copied, and what is to be run runs there with the Node and npm of this machine. Base images contribute
 * nothing.
 */
export async function performDockerfile(text: string, context: string, scratch: string): Promise<Image> {
  const stages = new Map<string, string>();
  let [root, cwd, user] = ['', '/', 'root'];
  const args: Record<string, string> = {};
  const found: Record<string, readonly string[]> = {};
  let env: Record<string, string> = {};
  for (const { keyword, rest } of instructionsOf(text)) {
    switch (keyword) {
      case 'FROM': {
        root = join(scratch, `stage-${stages.size}`);
        [cwd, env] = ['/', {}];
        stages.set(/ AS (\S+)$/i.exec(rest)?.[1] ?? 'final', root);
        await mkdir(root, { recursive: true });
        break;
      }
      case 'ARG':
        args[rest.split('=')[0] ?? ''] = rest.split('=')[1] ?? '';
        break;
      case 'ENV':
        for (const [, name = '', quoted, plain = ''] of rest.matchAll(/(\w+)=(?:"([^"]*)"|(\S*))/g))
          env[name] = quoted ?? plain;
        break;
      case 'WORKDIR':
        cwd = resolve(cwd, rest);
        await mkdir(join(root, cwd), { recursive: true });
        break;
      case 'COPY': {
        const words = rest.replace(/\$\{(\w+)\}/g, (_, name) => args[name] ?? '').split(/\s+/);
        const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
        const paths = words.filter((word) => !word.startsWith('--'));
        const origin = from === undefined ? context : (stages.get(from) ?? '');
        await copy(
          paths.slice(0, -1).map((path) => join(origin, path)),
          paths.at(-1) ?? '',
          root,
          cwd,
        );
        break;
      }
      case 'RUN':
        await execute('sh', ['-c', rest], {
          cwd: join(root, cwd),
          env: { ...BARE_ENVIRONMENT, ...env },
          maxBuffer: 1e8,
        });
        break;
      case 'USER':
        user = rest;
        break;
      case 'ENTRYPOINT':
      case 'CMD':
      case 'HEALTHCHECK':
        found[keyword] = execForm(rest);
        break;
      case 'VOLUME':
      case 'STOPSIGNAL':
        break;
      default:
        throw new Error(`unknown instruction ${keyword}`);
    }
  }
  const { ENTRYPOINT: entrypoint = [], CMD: command = [], HEALTHCHECK: healthCheck = [] } = found;
  return { root, env, user, entrypoint, command, healthCheck };
}

/** As COPY does: of a folder its content, of files each by its name if the target is a folder. */
async function copy(sources: readonly string[], target: string, root: string, cwd: string): Promise<void> {
  const to = join(root, resolve(cwd, target));
  const intoFolder = sources.length > 1 || /(^|\/)\.?\/?$/.test(target);
  for (const source of sources) {
    const isFolder = (await stat(source)).isDirectory();
    await cp(source, !isFolder && intoFolder ? join(to, basename(source)) : to, {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
}
