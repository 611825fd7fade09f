import type { Environment } from './secrets.ts';

/** Where the configuration comes from: the file of `--config`, if given, and the environment. */
export interface ConfigOrigin {
  readonly file?: string | undefined;
  readonly env: Environment;
  /**
   * For a command that never asks Genesys: credentials are neither looked for nor required, so that it runs on any host
   * that has the file. Those in the configuration are then not to be used.
   */
  readonly withoutCredentials?: boolean;
}

/** The configuration file: that of `--config`, else `GENESYS_POLLER_CONFIG`; undefined if neither names one. */
export function configFile({ file, env }: ConfigOrigin): string | undefined {
  return file ?? (env.GENESYS_POLLER_CONFIG || undefined);
}
