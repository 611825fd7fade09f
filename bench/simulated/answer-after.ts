import type { Transport } from '../../src/genesys/transport.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** What of an answer's time its body takes: the rest passes before it begins. */
const BODY = 0.1;

/**
 * Answers a request after `latency` milliseconds: a login with a token, anything else with what `answer` says
 * by then.
 */
export async function answerAfter(
  { clock, latency }: { readonly clock: Clock; readonly latency: number },
  [request, signal, onAnswer]: Parameters<Transport['send']>,
  answer: (body: string) => { readonly status: number; readonly json: object },
): ReturnType<Transport['send']> {
  await clock.sleep((1 - BODY) * latency, signal);
  onAnswer?.();
  await clock.sleep(BODY * latency, signal);
  const headers = { date: new Date(clock.now()).toUTCString() };
  const isLogin = request.url.endsWith('/oauth/token');
  const { status, json } = isLogin ? { status: 200, json: TOKEN } : answer(request.body ?? '');
  return { status, headers, body: JSON.stringify(json) };
}

const TOKEN = { access_token: 'token', expires_in: 86_400 };
