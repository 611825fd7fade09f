/** Hosts to which plain HTTP does not leave the machine. The URL parser has already written 127.1 in full. */
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Reads a base URL and gives it back without a trailing slash. A path is kept, for gateways that add one.
 *
 * Throws an Error that says what is wrong and never contains the value, which may carry a password. Plain http is
 * refused for everything but loopback: the client secret and the tokens would travel in clear.
 */
export function parseBaseUrl(value: unknown): string {
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
  if (/[?#]/.test(url.href)) throw new Error('must not contain a query or fragment');
  if (/\/(?:api\/v\d+|oauth)(?:\/|$)/.test(url.pathname)) {
    throw new Error('must be the base URL alone, without /api/v2 or /oauth');
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}
