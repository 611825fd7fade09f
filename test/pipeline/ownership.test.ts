import test from 'ava';
import type { Binding } from '../../src/domain/organisation.ts';
import { assertOwnership, describeOwnership } from '../../src/pipeline/ownership.ts';
import { FakePollerItem } from '../support/fakes.ts';
import { testContext } from '../support/request-context.ts';
import { Wire } from '../support/wire.ts';

function desk(id: string | undefined, client: string, stored?: Binding) {
  const wire = new Wire();
  const item = new FakePollerItem<Binding>(wire, stored);
  const ownership = { poller: 'default', owner: { organisation: async () => ({ id, client }) }, item };
  return { wire, item, ownership };
}

test('the first organisation binds the name, and is asked no more than once what is stored', async (t) => {
  const d = desk('org-a', 'client-1');
  await assertOwnership(d.ownership, testContext());
  t.deepEqual(d.item.stored?.value, { id: 'org-a', clients: ['client-1'] });
  await assertOwnership(d.ownership, testContext());
  t.deepEqual(d.wire.names, ['item.read', 'item.write', 'item.read']);
});

test('two organisations that begin at the same time: one of them binds the name, the other is refused', async (t) => {
  const d = desk('org-a', 'client-1');
  d.wire.script('item.write', (work, sent) => {
    d.item.overwrite({ id: 'org-b', clients: ['client-2'] });
    return work(sent);
  });
  const failure = await t.throwsAsync(assertOwnership(d.ownership, testContext()), { message: /poller\.name default/ });
  t.like(failure, { code: 'organisation.mismatch', fields: { organisation: 'org-a', boundTo: 'org-b' } });
  t.is(d.item.stored?.value.id, 'org-b');
});

test('a look at it says whose the name is, or would be, and binds nothing', async (t) => {
  const d = desk('org-a', 'client-1');
  t.is(await describeOwnership(d.ownership, testContext()), 'not used yet; the organisation org-a will be its owner');
  t.is(d.item.stored, undefined);
  const other = desk('org-a', 'client-1', { id: 'org-b', clients: [] });
  await t.throwsAsync(describeOwnership(other.ownership, testContext()), { message: /org-b/ });
  const own = desk(undefined, 'client-1', { id: 'org-a', clients: ['client-1'] });
  t.is(await describeOwnership(own.ownership, testContext()), 'it belongs to the organisation of this client');
});

test('a new client whose organisation is not told is no other organisation: it is judged anew, and binds nothing', async (t) => {
  const stored = { id: 'org-a', clients: ['client-1'] };
  const organisations = [
    { id: undefined, client: 'client-2' },
    { id: 'org-a', client: 'client-2' },
  ];
  const d = desk(undefined, '', stored);
  const owner = { organisation: async () => organisations.shift() ?? { id: 'org-b', client: 'client-3' } };
  const demand = () => assertOwnership({ ...d.ownership, owner }, testContext());
  const failure = await t.throwsAsync(demand(), { message: /refuses GET \/api\/v2\/tokens\/me/ });
  t.like(failure, { code: 'organisation.unknown', fields: { organisation: null, boundTo: 'org-a' } });
  t.deepEqual(d.item.stored?.value, stored);
  await demand();
  t.deepEqual(d.item.stored?.value, { id: 'org-a', clients: ['client-1', 'client-2'] });
  t.like(await t.throwsAsync(demand()), { code: 'organisation.mismatch' });
});

test('a name of which only the clients are known is not refused to a new client as that of another organisation', async (t) => {
  const d = desk('org-a', 'client-2', { id: undefined, clients: ['client-1'] });
  const failure = await t.throwsAsync(assertOwnership(d.ownership, testContext()), { message: /has not disclosed/ });
  t.like(failure, { code: 'organisation.unknown', fields: { organisation: 'org-a', boundTo: null } });
});
