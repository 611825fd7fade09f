import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { type Transport, TransportError } from './transport.ts';

/**
 * The transport with a debug line for every request: what was asked, the result and the duration. Headers and
 * bodies are never logged: they hold the secret, the token, and people's phone numbers.
 */
export function traced(transport: Transport, log: Log, clock: Clock): Transport {
  return {
    async send(request, signal, onAnswer) {
      const { pathname, search } = new URL(request.url);
      const asked = `${request.method} ${pathname}${search}`;
      const startedAt = clock.monotonic();
      const trace = (result: string, fields: Readonly<Record<string, unknown>>) =>
        log.debug('genesys.request', `${asked}: ${result}`, {
          request: asked,
          ...fields,
          durationMs: Math.round(clock.monotonic() - startedAt),
        });
      try {
        const answer = await transport.send(request, signal, onAnswer);
        const correlationId = answer.headers['inin-correlation-id'];
        trace(`HTTP ${answer.status}`, { httpStatus: answer.status, ...(correlationId && { correlationId }) });
        return answer;
      } catch (error) {
        if (error instanceof TransportError) trace(error.message, { error: error.code });
        throw error;
      }
    },
  };
}
