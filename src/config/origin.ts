import type { Environment } from './secrets.ts';

/** Where the configuration comes from: the file of `--config`, if given, and the environment. */
export interface ConfigOrigin {
  readonly file?: string | undefined;
  readonly env: Environment;
  /**
   * For a command that never asks Genesys. Its credentials are neither looked for nor required, nor is its
   * region, so that the command runs on any host that reaches AWS. What the configuration says of Genesys
   * must then not be used.
   */
  readonly withoutGenesys?: boolean;
}

/**
 * The configuration file: that of `--config`, else `GENESYS_POLLER_CONFIG`; undefined if neither names one.
 */
export function configFile({ file, env }: ConfigOrigin): string | undefined {
  return file ?? (env.GENESYS_POLLER_CONFIG || undefined);
}
