import test from 'ava';
import { type Binding, judgeBinding } from '../../src/domain/organisation.ts';

const BOUND: Binding = { id: 'org-a', clients: ['client-1'] };
const UNNAMED: Binding = { id: undefined, clients: ['client-1'] };

test('a name belongs to the first organisation that uses it', (t) => {
  const learnt = { id: 'org-a', clients: ['client-1'] };
  t.deepEqual(judgeBinding(undefined, { id: 'org-a', client: 'client-1' }), { kind: 'same', learnt });
});

test('the same client goes on, and nothing is written', (t) => {
  t.deepEqual(judgeBinding(BOUND, { id: 'org-a', client: 'client-1' }), { kind: 'same' });
});

test('a new client of the same organisation goes on, and is remembered', (t) => {
  const learnt = { id: 'org-a', clients: ['client-1', 'client-2'] };
  t.deepEqual(judgeBinding(BOUND, { id: 'org-a', client: 'client-2' }), { kind: 'same', learnt });
});

test('another organisation is another, whatever its client', (t) => {
  const other = { kind: 'other', boundTo: 'org-a', id: 'org-b' } as const;
  t.deepEqual(judgeBinding(BOUND, { id: 'org-b', client: 'client-2' }), other);
  t.deepEqual(judgeBinding(BOUND, { id: 'org-b', client: 'client-1' }), other);
});

test('a known client goes on where Genesys does not tell its organisation', (t) => {
  t.deepEqual(judgeBinding(BOUND, { id: undefined, client: 'client-1' }), { kind: 'same' });
  t.deepEqual(judgeBinding(UNNAMED, { id: undefined, client: 'client-1' }), { kind: 'same' });
});

test('once Genesys tells the organisation of a known client, the name is bound to it', (t) => {
  const learnt = { id: 'org-a', clients: ['client-1'] };
  t.deepEqual(judgeBinding(UNNAMED, { id: 'org-a', client: 'client-1' }), { kind: 'same', learnt });
});

test('a client that has nothing in common with those before it may be of any organisation', (t) => {
  t.deepEqual(judgeBinding(UNNAMED, { id: 'org-a', client: 'client-2' }), { kind: 'unknown' });
  t.deepEqual(judgeBinding(UNNAMED, { id: undefined, client: 'client-2' }), { kind: 'unknown' });
  t.deepEqual(judgeBinding(BOUND, { id: undefined, client: 'client-2' }), { kind: 'unknown' });
});

test('of many clients that followed one another the latest are remembered', (t) => {
  const clients = Array.from({ length: 10 }, (_, n) => `client-${n}`);
  const judgement = judgeBinding({ id: 'org-a', clients }, { id: 'org-a', client: 'client-10' });
  t.deepEqual(judgement, { kind: 'same', learnt: { id: 'org-a', clients: [...clients.slice(1), 'client-10'] } });
});
