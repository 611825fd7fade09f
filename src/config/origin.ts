import type { Environment } from '../domain/environment.ts';

/** Where the configuration comes from: the file of `--config`, if given, and the environment. */
export interface ConfigOrigin {
  readonly file?: string | undefined;
  readonly env: Environment;
  /**
   * For a command that never asks Genesys. Credentials and region of Genesys are not required, so that the
   * command runs on any host that reaches AWS. Its settings of Genesys must not be used.
   */
  readonly withoutGenesys?: boolean;
}

/**
 * The configuration file: that of `--config`, else `GENESYS_POLLER_CONFIG`; undefined if neither names one.
 */
export function configFile({ file, env }: ConfigOrigin): string | undefined {
  return file ?? (env.GENESYS_POLLER_CONFIG || undefined);
}
