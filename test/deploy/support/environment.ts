/**
 * What every environment has: where programs are, home, and the way to the network; nothing of npm's or
 * ava's.
 */
export const BARE_ENVIRONMENT: Readonly<Record<string, string | undefined>> = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => /^(PATH|HOME)$|proxy$|_CERTS?$|_CERT_FILE$|_CA_/i.test(name)),
);
