import { homedir } from 'node:os';

/**
 * A user that the host's list of users does not name has no home directory: a `DynamicUser=` without
 * nss-systemd, or the numbers that OpenShift gives. Node then throws when asked for it, and the SDK asks
 * before it looks for the shared AWS files. Such a user gets the root folder, which holds no such files,
 * so that the SDK goes on to the next source of credentials.
 */
export function ensureHome(env: { HOME?: string | undefined } = process.env, find: () => string = homedir): void {
  try {
    find();
  } catch {
    env.HOME = '/';
  }
}
