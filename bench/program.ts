import { fileURLToPath } from 'node:url';

/** The built program that is measured. */
export interface Program {
  /** `main.js`. */
  readonly main: string;
  /** A module of it, by its path below `src`: the built one, since a module compiled on the fly costs more. */
  load<T>(module: string): Promise<T>;
}

/** The program whose `main.js` stands there; the one of this working copy unless given. */
export function programAt(main: string = fileURLToPath(new URL('../dist/main.js', import.meta.url))): Program {
  return {
    main,
    load: async <T>(module: string) => (await import(main.replace(/main\.js$/, module.replace(/\.ts$/, '.js')))) as T,
  };
}
