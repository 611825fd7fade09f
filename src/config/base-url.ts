/** Hosts on this machine, where plain HTTP is safe. The URL parser has already written 127.1 in full. */
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Reads a base URL and gives it back without a trailing slash. A path is kept, for gateways that add one.
 *
 * Throws an Error that says what is wrong and never contains the value, which may carry a password. Plain
 * http is refused for everything but loopback: the client secret and the tokens would travel in clear.
 */
export function parseBaseUrl(value: unknown): string {
  // The parser takes a backslash for a slash. Other programs and readers do not, and see another host.
  if (typeof value === 'string' && value.includes('\\')) throw new Error('must not contain a backslash');
  const url = typeof value === 'string' && !/\s/.test(value) && URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Error('must be a URL that begins with https://');
  }
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw new Error(
      'must begin with https://: plain http would send the client secret in clear (allowed for localhost only)',
    );
  }
  if (url.username !== '' || url.password !== '') throw new Error('must not contain a user name or password');
  if (hostIn(String(value)) !== url.hostname) {
    throw new Error(`must write its host as it is used: ${url.hostname}`);
  }
  if (/[?#]/.test(url.href)) throw new Error('must not contain a query or fragment');
  if (/\/(?:api\/v\d+|oauth)(?:\/|$)/.test(url.pathname)) {
    throw new Error('must be the base URL alone, without /api/v2 or /oauth');
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}

/** The host as a reader sees it, without its port; undefined if it is not a host. */
function hostIn(text: string): string | undefined {
  return /^https?:\/\/([^/:?#[\]]+|\[[^\]]*\])(?::\d+)?(?:[/?#]|$)/i.exec(text)?.[1]?.toLowerCase();
}
