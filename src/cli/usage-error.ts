/** The command was called in a way it cannot serve: one line says so, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
