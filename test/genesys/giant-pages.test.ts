import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { bodyOf, serve } from './support/http-server.ts';

const PROBE = fileURLToPath(new URL('support/read-giants.ts', import.meta.url));
/** The heap that the image ships with. */
const [, HEAP = ''] =
  /NODE_OPTIONS="([^"]+)"/.exec(readFileSync(new URL('../../deploy/container/Dockerfile', import.meta.url), 'utf8')) ??
  [];
/** Conversations of a window. */
const HELD = 100;

/** A conversation of about 600 KB: more than five hundred agents were alerted. */
function giant(id: number) {
  const participants = Array.from({ length: 560 }, (_, index) => ({
    participantId: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    purpose: 'agent',
    userId: `10000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    sessions: [
      {
        sessionId: `20000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
        mediaType: 'voice',
        direction: 'outbound',
        metrics: Array.from({ length: 20 }, (_, second) => ({ name: 'nConnected', value: second + 0.5 })),
        segments: [
          { segmentType: 'alert', segmentStart: '2026-11-20T09:00:00.000Z', segmentEnd: '2026-11-20T09:00:10.000Z' },
        ],
      },
    ],
  }));
  return { conversationId: `c-${id}`, conversationStart: '2026-11-20T09:00:00.000Z', participants };
}

test('pages of 60 MB are got through under the shipped heap, with several windows at once', async (t) => {
  t.regex(HEAP, /--max-old-space-size=256\b/);
  const text = JSON.stringify(giant(0));
  t.true(text.length > 550_000 && text.length < 650_000, `${text.length}`);
  let largest = 0;
  const pages = new Map<string, Buffer>();
  const server = await serve(t, async (request, response) => {
    const body = await bodyOf(request);
    if (request.url?.endsWith('/oauth/token')) {
      response.end(JSON.stringify({ access_token: 'a-token', token_type: 'bearer', expires_in: 86_400 }));
      return;
    }
    const { paging, segmentFilters } = JSON.parse(body) as {
      paging: { pageSize: number; pageNumber: number };
      segmentFilters?: unknown;
    };
    const from = segmentFilters ? (paging.pageNumber - 1) * paging.pageSize : HELD;
    const to = Math.min(HELD, from + paging.pageSize);
    const key = `${from} ${to}`;
    const list = Array.from({ length: Math.max(0, to - from) }, (_, index) => text.replace('c-0', `c-${from + index}`));
    largest = Math.max(largest, list.length * text.length);
    const page =
      pages.get(key) ??
      gzipSync(`{"conversations":[${list.join(',')}],"totalHits":${segmentFilters ? HELD : 0}}`, { level: 1 });
    pages.set(key, page);
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(page);
  });
  const { stdout } = await promisify(execFile)(process.execPath, ['--import=tsx', PROBE, server.url], {
    env: { PATH: process.env.PATH, NODE_OPTIONS: HEAP },
  });
  t.deepEqual(JSON.parse(stdout), { conversations: 2 * HELD, events: true });
  t.true(largest > 55_000_000, `${largest}`);
});
