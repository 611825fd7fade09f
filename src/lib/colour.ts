import type { Environment } from '../domain/environment.ts';

/** Colours are for terminals, unless NO_COLOR (no-color.org) or a terminal without any says otherwise. */
export function supportsColour(
  stream: Pick<NodeJS.WriteStream, 'isTTY'> = process.stdout,
  env: Environment = process.env,
): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}
