import test from 'ava';
import { createGenesysClient } from '../../src/genesys/client.ts';
import { GenesysTokenOwner } from '../../src/genesys/token-owner.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { testContext } from '../support/request-context.ts';
import { answer, refused, type Scripted, scriptedGenesys } from './support/scripted-genesys.ts';

function ownerOver(...api: readonly Scripted[]) {
  const genesys = scriptedGenesys({ api });
  const settings = { apiUrl: 'https://api.example', clientId: 'id-of-the-client' };
  const client = createGenesysClient({
    ...settings,
    loginUrl: 'https://login.example',
    clientSecret: 'secret',
    requestsPerMinute: 240,
    clock: new ManualClock(),
    log: recordedLog(),
    transport: genesys.transport,
  });
  return { ...genesys, owner: new GenesysTokenOwner({ ...settings, client }) };
}

test('Genesys tells the organisation of the token, in one request', async (t) => {
  const { owner, requests } = ownerOver(answer(200, { organization: { id: 'org-a', name: 'A' } }));
  const { id, client } = await owner.organisation(testContext());
  t.is(id, 'org-a');
  t.regex(client, /^api\.example [0-9a-f]{64}$/);
  t.false(client.includes('id-of-the-client'));
  t.deepEqual(
    requests.map(({ method, url }) => [method, url]),
    [['GET', 'https://api.example/api/v2/tokens/me']],
  );
});

test('where Genesys refuses to tell, the client is known by its host and a hash', async (t) => {
  for (const status of [403, 404]) {
    const { owner } = ownerOver(refused(status, 'not.allowed', 'No'));
    t.is((await owner.organisation(testContext())).id, undefined);
  }
});

test('an answer of something else is not a refusal: it is asked again', async (t) => {
  const { owner } = ownerOver(answer(200, { name: 'a token' }), answer(200, { organization: { id: 'org-a' } }));
  await t.throwsAsync(owner.organisation(testContext()), { message: /names no organisation/ });
  t.is((await owner.organisation(testContext())).id, 'org-a');
});

test('trouble on the way to Genesys is passed on', async (t) => {
  const { owner } = ownerOver(...Array(5).fill(refused(503, 'unavailable', 'Busy')));
  await t.throwsAsync(owner.organisation(testContext()), { message: /503/ });
});
