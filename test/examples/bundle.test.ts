import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { startDatabase } from '../../src/sandbox/aws/database.ts';
import { stackOf } from '../deploy/support/cloudformation.ts';
import { FAKE_ACCESS } from '../support/aws.ts';
import { copyOf, eventsOf } from './support/events.ts';
import { clientFor, createRecords, TEMPLATE } from './support/tables.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/consumer/', import.meta.url));
const manifestAt = async (path: string) => JSON.parse(await readFile(path, 'utf8'));

/**
 * As Lambda does: loads the handler by the name that the template gives it, and calls it with one event after
 * the other.
 */
const RUNTIME = `
const { handler } = require(process.argv[1]);
const context = { getRemainingTimeInMillis: () => 30_000 };
const handled = JSON.parse(process.argv[2]).reduce(
  async (results, event) => [...(await results), await handler(event, context).catch(({ name }) => name)],
  [],
);
handled.then((results) => console.log(JSON.stringify(results)));
`;

test('what the package bundles is a handler that Lambda can load, and that reports to the CRM once', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'consumer-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = join(folder, 'index.js');
  // As Lambda, to which no package.json says what kind of module this is; one above this folder might.
  await writeFile(join(folder, 'package.json'), '{}');
  execFileSync('npm', ['run', '--silent', 'bundle', '--', `--outfile=${file}`, '--log-level=error'], { cwd: EXAMPLE });

  const database = await startDatabase();
  t.teardown(database.close);
  const table = await createRecords(clientFor(t, database.url));
  const posts: { readonly key: unknown; readonly body: unknown }[] = [];
  let unwell = 1;
  const crm = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (unwell-- > 0) return void response.writeHead(503).end();
    posts.push({ key: request.headers['idempotency-key'], body: JSON.parse(Buffer.concat(chunks).toString()) });
    response.end(JSON.stringify({ reference: `case ${posts.length}` }));
  });
  await new Promise<void>((resolve) => crm.listen(0, '127.0.0.1', resolve));
  t.teardown(() => crm.close());

  const [event, other] = eventsOf('dispositionSet', 2);
  if (!event || !other) throw new Error('no events');
  const { Handler, Environment } = stackOf(TEMPLATE).Function?.Properties ?? {};
  t.is(Handler, 'index.handler');
  const { accessKeyId, secretAccessKey } = FAKE_ACCESS.credentials;
  const settings = { RECORDS_TABLE: table, CRM_URL: `http://127.0.0.1:${(crm.address() as AddressInfo).port}` };
  const variables = { ...Environment.Variables, ...settings };
  const child = spawn(
    process.execPath,
    ['--input-type=commonjs', '--eval', RUNTIME, file, JSON.stringify([event, event, copyOf(event, 1), other])],
    {
      env: {
        ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)])),
        ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        ...{ AWS_REGION: FAKE_ACCESS.region, AWS_ENDPOINT_URL_DYNAMODB: database.url },
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  t.deepEqual(await once(child, 'close'), [0, null]);
  t.deepEqual(JSON.parse(said), ['Error', { reference: 'case 1' }, { reference: 'case 1' }, { reference: 'case 2' }]);
  t.is(posts.length, 2);
  const { data, metadata } = event.detail;
  t.deepEqual(posts[0], {
    key: metadata.idempotencyKey,
    body: {
      conversationId: data.conversationId,
      campaignId: data.outboundCampaignId,
      contactId: data.outboundContactId,
      ...(data.agentId !== undefined && { agentId: data.agentId }),
      ...{ disposition: data.disposition, dispositionName: 'Sold', at: data.timestamp },
    },
  });
});

test('its packages are those that were tested here', async (t) => {
  const { dependencies, devDependencies } = await manifestAt(`${EXAMPLE}package.json`);
  const ours = await manifestAt(`${EXAMPLE}../../package.json`);
  const tested = { ...ours.dependencies, ...ours.devDependencies, [ours.name]: `^${ours.version}` };
  // esbuild comes with tsx.
  const { version } = await manifestAt(`${EXAMPLE}../../node_modules/esbuild/package.json`);
  for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies })) {
    t.is(range, name === 'esbuild' ? `^${version}` : tested[name], name);
  }
});
