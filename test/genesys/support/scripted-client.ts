import type { GenesysClient, GenesysRequest } from '../../../src/genesys/client.ts';

/** What time it is for a scripted client. */
export const NOW = Date.parse('2026-11-20T10:00:00.000Z');

/** A client that answers as the function says, throwing what it throws, and keeps what it was asked. */
export function scriptedClient(answer: (request: GenesysRequest) => unknown) {
  const requests: GenesysRequest[] = [];
  const client: GenesysClient = {
    now: () => Promise.resolve(NOW),
    answerTime: () => 0,
    async request(request, context) {
      context.signal.throwIfAborted();
      requests.push(request);
      return answer(request);
    },
  };
  return { client, requests };
}
