import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { setStage } from '../support/stage.ts';

// The process ends when the daemon has ended, whatever still hangs.

const QUICK = { poller: { shutdownTimeout: '1s' } };

/** A server that tells when it is first asked, and when the asker is gone. It never ends an answer. */
async function hangingServer(t: ExecutionContext, listener: RequestListener = () => undefined) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const asked = once(server, 'request').then(([request]) => ({ gone: once(request.socket, 'close') }));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

test('SIGTERM ends the daemon while a credential_process hangs, and ends that with it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-aws-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { url, asked } = await hangingServer(t);
  const script = join(folder, 'helper.sh');
  const waiting = `await fetch(${JSON.stringify(url)})`;
  writeFileSync(script, `#!/bin/sh\n${process.execPath} --input-type=module -e '${waiting}'\necho late\n`, {
    mode: 0o700,
  });
  writeFileSync(join(folder, 'config'), `[default]\ncredential_process = ${script}\n`);
  const stage = await setStage({
    config: QUICK,
    env: { ...NO_KEYS, AWS_CONFIG_FILE: join(folder, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none') },
  });
  t.teardown(stage.close);
  await endsInOrder(t, stage.start(['run']), asked);
});

test('SIGTERM ends the daemon while an endpoint of credentials hangs', async (t) => {
  const { url, asked } = await hangingServer(t);
  const stage = await setStage({ config: QUICK, env: { ...NO_KEYS, AWS_CONTAINER_CREDENTIALS_FULL_URI: url } });
  t.teardown(stage.close);
  await endsInOrder(t, stage.start(['run']), asked);
});

test('SIGTERM ends the daemon while an answer of DynamoDB drips in', async (t) => {
  const { url, asked } = await hangingServer(t, (_request, response) => {
    response.writeHead(200, { 'x-amzn-requestid': 'R', 'content-length': 1_000 });
    const drip = setInterval(() => response.write(' '), 1_500);
    response.on('close', () => clearInterval(drip));
  });
  const stage = await setStage({ config: QUICK, env: { AWS_ENDPOINT_URL_DYNAMODB: url } });
  t.teardown(stage.close);
  await endsInOrder(t, stage.start(['run']), asked);
});

/** The environment's keys would come before any other source. */
const NO_KEYS = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };

async function endsInOrder(
  t: ExecutionContext,
  daemon: ReturnType<Awaited<ReturnType<typeof setStage>>['start']>,
  asked: Promise<{ readonly gone: Promise<unknown> }>,
): Promise<void> {
  const { gone } = await asked;
  daemon.process.kill('SIGTERM');
  const ended = await daemon.ended;
  t.is(ended.code, 0, ended.stderr);
  t.is(ended.lines.at(-1)?.event, 'daemon.stopped');
  await gone;
}
