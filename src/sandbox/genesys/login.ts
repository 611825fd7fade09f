import { Refusal, type Reply, type Request } from './http.ts';
import { createRandom } from './random.ts';

/** The client that may log in, and how long its tokens live (milliseconds). */
export interface LoginOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tokenLifeMs: number;
}

/** Hands out tokens and knows them again. */
export interface Login {
  /** POST /oauth/token. */
  token(request: Request): Reply;
  /** The token of a request, if it is one that is still good; otherwise a 401. */
  admit(request: Request): string;
  /** Makes every token given so far worthless, as an administrator can. */
  revokeAll(): void;
}

export function createLogin(now: () => number, options: LoginOptions): Login {
  const random = createRandom('tokens', options.clientId);
  const goodUntil = new Map<string, number>();
  return {
    token(request) {
      if (request.method !== 'POST') throw new Refusal(405, 'method.not.allowed', 'Method not allowed');
      const [id, secret] = basic(request.headers.authorization);
      const form = new URLSearchParams(request.body ?? '');
      const type = request.headers['content-type'] ?? '';
      if (!type.startsWith('application/x-www-form-urlencoded') || form.get('grant_type') !== 'client_credentials') {
        return refused(400, 'unsupported_grant_type', 'unsupported grant type');
      }
      if (id !== options.clientId) return refused(400, 'invalid_client', 'client not found: invalid_client');
      if (secret !== options.clientSecret) return refused(401, 'invalid_client', 'authentication failed');
      const token = random.hex(48);
      goodUntil.set(token, now() + options.tokenLifeMs);
      return {
        status: 200,
        json: { access_token: token, token_type: 'bearer', expires_in: Math.floor(options.tokenLifeMs / 1000) },
      };
    },
    admit({ headers }) {
      const [scheme, token] = (headers.authorization ?? '').split(' ');
      if (scheme?.toLowerCase() !== 'bearer' || !token) {
        throw new Refusal(
          401,
          'authentication.required',
          'No authentication bearer token specified in authorization header.',
        );
      }
      if (!(now() < (goodUntil.get(token) ?? 0))) {
        throw new Refusal(401, 'bad.credentials', 'Invalid login credentials.');
      }
      return token;
    },
    revokeAll: () => goodUntil.clear(),
  };
}

/** The body's keys are not documented: `error` is OAuth's own, `description` is what has been seen. */
function refused(status: number, error: string, description: string): Reply {
  return { status, json: { error, description, error_description: description } };
}

function basic(authorization = ''): readonly [string, string] {
  const [scheme, encoded = ''] = authorization.split(' ');
  const text = scheme?.toLowerCase() === 'basic' ? Buffer.from(encoded, 'base64').toString('utf8') : '';
  const colon = text.indexOf(':');
  return colon < 0 ? ['', ''] : [text.slice(0, colon), text.slice(colon + 1)];
}
