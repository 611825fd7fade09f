import test from 'ava';
import { resultOfError } from '../../src/aws/entry-result.ts';
import type { SinkEntry } from '../../src/domain/envelope.ts';
import { Failure } from '../../src/domain/failure.ts';
import { type Publication, Publisher } from '../../src/pipeline/publisher.ts';
import type { Sink } from '../../src/ports/sink.ts';
import { testContext } from '../support/request-context.ts';
import { answerLost, during, fails, hangs, refuses, trouble } from '../support/wire.ts';
import { entryOf, fixture, HOUR } from './fixture.ts';

const anyTime = () => undefined;
const entries = ['a', 'b', 'c', 'd', 'e'].map(entryOf);
const is = (id: string) => (entry: SinkEntry) => entry.event.id === id;
const ids = (given: readonly SinkEntry[]) => given.map((entry) => entry.event.id);
const sizes = (f: ReturnType<typeof fixture>) => f.wire.sent('bus.put').map((sent) => ids(sent).join(''));

function codeOf({ failure }: Publication): string | undefined {
  return failure instanceof Failure ? failure.code : undefined;
}

test('what the bus accepts at once takes one call and no pause', async (t) => {
  const f = fixture();
  const context = testContext();
  const { accepted, refused, failure } = await f.publisher.publish(entries, context, anyTime);
  t.deepEqual(accepted, entries);
  t.deepEqual(refused, []);
  t.is(failure, undefined);
  t.is(context.counts.putEventsCalls, 1);
  t.deepEqual(f.clock.slept, []);
});

test('a throttled entry is sent again alone, after a pause', async (t) => {
  const f = fixture();
  f.wire.script('bus.put', refuses('ThrottlingException', is('c')));
  const { accepted, failure } = await f.publisher.publish(entries, testContext(), anyTime);
  t.is(failure, undefined);
  t.deepEqual(ids(accepted), ['a', 'b', 'd', 'e', 'c']);
  t.deepEqual(sizes(f), ['abcde', 'c']);
  t.is(f.clock.slept.length, 1);
  t.like(f.logged('publish.partial'), [{ level: 'warn', entries: 5, toRetry: 1, toDeadLetter: 0, attempt: 1 }]);
});

test('an internal failure of the bus for an entry is tried again like a throttled one', async (t) => {
  const f = fixture();
  f.wire.script('bus.put', refuses('InternalFailure', is('a')), refuses('InternalFailure', is('a')));
  const { accepted, failure } = await f.publisher.publish(entries, testContext(), anyTime);
  t.is(failure, undefined);
  t.is(accepted.length, 5);
  t.deepEqual(sizes(f), ['abcde', 'a', 'a']);
});

test('an entry that the bus will never accept is refused once, with the reason, and its neighbours go on', async (t) => {
  const f = fixture();
  f.wire.always('bus.put', refuses('MalformedDetail', is('b')));
  const { accepted, refused, failure } = await f.publisher.publish(entries, testContext(), anyTime);
  t.is(failure, undefined);
  t.deepEqual(ids(accepted), ['a', 'c', 'd', 'e']);
  t.deepEqual(refused, [{ entry: entries[1], reason: 'MalformedDetail: as scripted', attempts: 1 }]);
  t.deepEqual(sizes(f), ['abcde']);
});

test('an entry refused for good after being throttled tells how often it was tried', async (t) => {
  const f = fixture();
  f.wire.script('bus.put', refuses('ThrottlingException', is('b')), refuses('MalformedDetail', is('b')));
  const { refused } = await f.publisher.publish(entries, testContext(), anyTime);
  t.like(refused, [{ attempts: 2 }]);
});

test('an entry that stays throttled is given up after eight tries; what was accepted is known all the same', async (t) => {
  const f = fixture();
  f.wire.always('bus.put', refuses('ThrottlingException', is('e')));
  const publication = await f.publisher.publish(entries, testContext(), anyTime);
  t.is(codeOf(publication), 'bus.unavailable');
  t.deepEqual(ids(publication.accepted), ['a', 'b', 'c', 'd']);
  t.deepEqual(sizes(f), ['abcde', ...Array(7).fill('e')]);
});

test('a bus that does not answer is asked again; an answer that was lost repeats what had been accepted', async (t) => {
  const f = fixture();
  f.wire.script('bus.put', fails(trouble('bus.unavailable')), answerLost(trouble('bus.unavailable')));
  const { accepted, failure } = await f.publisher.publish(entries, testContext(), anyTime);
  t.is(failure, undefined);
  t.is(accepted.length, 5);
  t.deepEqual(f.bus.acceptedIds.join(''), 'abcdeabcde');
});

test('an answer that leaves out entries leaves them open: they are sent again', async (t) => {
  const f = fixture();
  f.wire.script('bus.put', (work, all) => work(all.slice(0, 2)));
  const { accepted, failure } = await f.publisher.publish(entries, testContext(), anyTime);
  t.is(failure, undefined);
  t.is(accepted.length, 5);
  t.deepEqual(sizes(f), ['abcde', 'cde']);
});

test('an entry that the bus recognised as a repeat is distinguished from an accepted one', async (t) => {
  const f = fixture();
  f.wire.script('bus.put', () =>
    entries.map(({ event }) => ({ status: event.id === 'a' ? 'suppressed' : 'accepted' })),
  );
  const { accepted, suppressed } = await f.publisher.publish(entries, testContext(), anyTime);
  t.deepEqual(ids(suppressed), ['a']);
  t.deepEqual(ids(accepted), ['b', 'c', 'd', 'e']);
});

test('access denied stops at once, keeps what was accepted, and names the permission and the bus', async (t) => {
  const f = fixture();
  f.wire.always('bus.put', refuses('AccessDeniedException', is('d')));
  const publication = await f.publisher.publish(entries, testContext(), anyTime);
  t.is(codeOf(publication), 'bus.denied');
  t.regex(String(publication.failure), /events:PutEvents on the bus test-bus/);
  t.deepEqual(ids(publication.accepted), ['a', 'b', 'c', 'e']);
  t.deepEqual(publication.refused, []);
  t.deepEqual(sizes(f), ['abcde']);
  t.like(f.logged('publish.partial'), [{ toRetry: 0 }]);
});

test('a bus that is not there stops at once and names the command that creates it', async (t) => {
  const f = fixture();
  f.wire.always(
    'bus.put',
    refuses('ResourceNotFoundException', () => true),
  );
  const publication = await f.publisher.publish(entries, testContext(), anyTime);
  t.is(codeOf(publication), 'bus.missing');
  t.regex(String(publication.failure), /genesys-poller setup/);
  t.deepEqual(publication.accepted, []);
});

test('a denial of the whole call is not tried again', async (t) => {
  const f = fixture();
  f.wire.always('bus.put', fails(trouble('bus.denied')));
  t.is(codeOf(await f.publisher.publish(entries, testContext(), anyTime)), 'bus.denied');
  t.deepEqual(sizes(f), ['abcde']);
});

test('a request that is refused as a whole is halved until the entry at fault is alone', async (t) => {
  const f = fixture();
  f.wire.always('bus.put', (work, sent) => {
    if (sent.some(is('d'))) throw trouble('bus.rejected');
    return work(sent);
  });
  const { accepted, refused, failure } = await f.publisher.publish(entries, testContext(), anyTime);
  t.is(failure, undefined);
  // Then it is sent twice more: three refusals come before a dead letter.
  t.deepEqual(sizes(f), ['abcde', 'abc', 'de', 'd', 'e', 'd', 'd']);
  t.deepEqual(ids(accepted), ['a', 'b', 'c', 'e']);
  t.deepEqual(refused, [
    { entry: entries[3], reason: 'RequestRefused: It did not work: the test says so', attempts: 3 },
  ]);
  t.deepEqual(f.bus.acceptedIds.join(''), 'abce');
});

const everything = () => true;
/** The ways in which a bus can refuse all it is sent without saying whose fault that is. */
const WHOLESALE = {
  'whole requests': fails(trouble('bus.rejected')),
  'every entry, for its account': refuses('InvalidAccountIdException', everything),
  'every entry, for the KMS key': refuses('KMSDisabledException', everything),
  'every entry, for its source': refuses('NotAuthorizedForSourceException', everything),
  'every entry, for its detail type': refuses('NotAuthorizedForDetailTypeException', everything),
  'every entry, for an unknown reason': refuses('SomethingNewException', everything),
};

for (const [what, fault] of Object.entries(WHOLESALE)) {
  for (const before of ['nothing', 'events']) {
    test(`a bus that has taken ${before} and then refuses ${what} is doubted: no event becomes a dead letter`, async (t) => {
      const f = fixture();
      if (before === 'events') await f.publisher.publish(['x', 'y', 'z'].map(entryOf), testContext(), anyTime);
      f.wire.always('bus.put', fault);
      for (const age of [0, 0, 3 * HOUR]) {
        f.clock.pause(age);
        const publication = await f.publisher.publish(entries, testContext(), anyTime);
        t.deepEqual(publication.refused, []);
        t.is(codeOf(publication), 'bus.rejected');
      }
      f.wire.always('bus.put', undefined);
      const { accepted, failure } = await f.publisher.publish(entries, testContext(), anyTime);
      t.is(failure, undefined);
      t.is(accepted.length, 5);
    });
  }

  test(`a single event in a quiet hour, refused as ${what}, holds up the stream for two hours and no longer`, async (t) => {
    const f = fixture();
    await f.publisher.publish(entries.slice(1, 4), testContext(), anyTime);
    f.wire.always('bus.put', fault);
    const attempt = () => f.publisher.publish(entries.slice(0, 1), testContext(), anyTime);
    t.is(codeOf(await attempt()), 'bus.rejected');
    f.clock.pause(2 * HOUR - 1);
    t.is(codeOf(await attempt()), 'bus.rejected');
    f.clock.pause(1);
    t.like(await attempt(), { accepted: [], refused: [{ entry: entries[0] }], failure: undefined });
  });
}

test('an entry that the bus refuses while it takes others is at fault: asked for three times, then a dead letter', async (t) => {
  const f = fixture();
  f.wire.always('bus.put', refuses('NotAuthorizedForDetailTypeException', is('d')));
  const { accepted, refused, failure } = await f.publisher.publish(entries, testContext(), anyTime);
  t.is(failure, undefined);
  t.deepEqual(ids(accepted), ['a', 'b', 'c', 'e']);
  t.like(refused, [{ entry: entries[3], reason: 'NotAuthorizedForDetailTypeException: as scripted', attempts: 3 }]);
  t.deepEqual(sizes(f), ['abcde', 'd', 'd']);
});

test('a bus that takes few and refuses many is doubted, and what it took is known', async (t) => {
  const f = fixture();
  f.wire.always(
    'bus.put',
    refuses('KMSDisabledException', (entry) => !is('a')(entry)),
  );
  const publication = await f.publisher.publish(entries, testContext(), anyTime);
  t.is(codeOf(publication), 'bus.rejected');
  t.deepEqual(ids(publication.accepted), ['a']);
  t.deepEqual(publication.refused, []);
  t.like(f.logged('publish.partial'), [{ entries: 5, toRetry: 0, toDeadLetter: 0 }]);
});

test('a malformed entry is a dead letter even where the bus refuses everything else', async (t) => {
  const f = fixture();
  f.wire.always('bus.put', async (work, sent, context) => {
    const results = await refuses('KMSDisabledException', everything)(work, sent, context);
    return [{ status: 'refused', reason: 'MalformedDetail: Detail is malformed.' }, ...results.slice(1)];
  });
  const publication = await f.publisher.publish(entries, testContext(), anyTime);
  t.deepEqual(
    publication.refused.map(({ entry }) => entry.event.id),
    ['a'],
  );
  t.is(codeOf(publication), 'bus.rejected');
});

test('an entry refused alone is at fault once as many others were taken after it', async (t) => {
  const f = fixture();
  f.wire.always('bus.put', refuses('SomethingNewException', is('d')));
  const poison = () => f.publisher.publish(entries.slice(3, 4), testContext(), anyTime);
  t.is(codeOf(await poison()), 'bus.rejected');
  await f.publisher.publish(entries.slice(0, 1), testContext(), anyTime);
  const { refused, failure } = await poison();
  t.is(failure, undefined);
  t.deepEqual(
    refused.map(({ entry }) => entry),
    entries.slice(3, 4),
  );
});

for (const [code, remedy] of [
  ['KMSDisabledException', /KMS key of the bus/],
  ['NotAuthorizedForSourceException', /eventBridge\.source/],
  ['NotAuthorizedForDetailTypeException', /events\.include/],
  ['InvalidAccountIdException', /account/],
  ['SomethingNewException', /eventBridge\.bus, eventBridge\.source/],
] as const) {
  test(`a bus that refuses everything with ${code} says what to look at`, async (t) => {
    const f = fixture();
    f.wire.always('bus.put', refuses(code, everything));
    const { failure } = await f.publisher.publish(entries, testContext(), anyTime);
    t.regex((failure as Failure).remedy, remedy);
    t.regex((failure as Failure).summary, new RegExp(code));
  });
}

test('a denial that names another action than PutEvents names it in the remedy', async (t) => {
  const f = fixture();
  const message =
    'User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:1:key/2';
  f.wire.always('bus.put', (_work, sent) =>
    sent.map(() => resultOfError({ code: 'AccessDeniedException', message }, 'a bus')),
  );
  const { failure } = await f.publisher.publish(entries, testContext(), anyTime);
  t.regex((failure as Failure).remedy, /^Allow kms:Decrypt, /);
});

test('trouble with the second half does not forget what the first half achieved', async (t) => {
  const f = fixture();
  f.wire.script('bus.put', fails(trouble('bus.rejected')), undefined, fails(trouble('bus.unavailable')));
  const { accepted, failure } = await f.publisher.publish(entries, testContext(), anyTime);
  t.is(failure, undefined);
  t.deepEqual(sizes(f), ['abcde', 'abc', 'de', 'de']);
  t.deepEqual(ids(accepted), ['a', 'b', 'c', 'd', 'e']);
  t.deepEqual(f.bus.acceptedIds.join(''), 'abcde');
});

test('a first half that is answered in part is not followed by the second: order of results would be lost', async (t) => {
  const f = fixture();
  f.wire.script('bus.put', fails(trouble('bus.rejected')), (work, sent) => work(sent.slice(0, 1)));
  const { accepted, failure } = await f.publisher.publish(entries, testContext(), anyTime);
  t.is(failure, undefined);
  t.deepEqual(sizes(f), ['abcde', 'abc', 'bcde']);
  t.deepEqual(ids(accepted), ['a', 'b', 'c', 'd', 'e']);
});

test('the right to publish is asked for before every call, halves and repeats included', async (t) => {
  const f = fixture();
  let asked = 0;
  f.wire.script('bus.put', fails(trouble('bus.rejected')), undefined, refuses('ThrottlingException', is('e')));
  await f.publisher.publish(entries, testContext(), () => void asked++);
  t.deepEqual(sizes(f), ['abcde', 'abc', 'de', 'e']);
  t.is(asked, 4);
});

test('once the right to publish is lost nothing more is sent, and what was accepted before is known', async (t) => {
  const f = fixture();
  const heldLease = f.heldLeaseOf(1, 25_000);
  f.wire.script('bus.put', async (work, sent) => {
    const results = await refuses('ThrottlingException', is('a'))(work, sent, testContext());
    f.clock.pause(25_000);
    return results;
  });
  const publication = await f.publisher.publish(entries, testContext(), heldLease.assertMayPublish);
  t.is(codeOf(publication), 'lease.lost');
  t.deepEqual(ids(publication.accepted), ['b', 'c', 'd', 'e']);
  t.deepEqual(sizes(f), ['abcde']);
});

test('losing the right to publish between two halves ends the cycle, and the first half stays known', async (t) => {
  const f = fixture();
  const heldLease = f.heldLeaseOf(1, 25_000);
  f.wire.script(
    'bus.put',
    fails(trouble('bus.rejected')),
    during(() => f.clock.pause(25_000)),
  );
  const publication = await f.publisher.publish(entries, testContext(), heldLease.assertMayPublish);
  t.is(codeOf(publication), 'lease.lost');
  t.deepEqual(ids(publication.accepted), ['a', 'b', 'c']);
  t.deepEqual(sizes(f), ['abcde', 'abc']);
});

test('an abort ends a call that hangs, with its reason', async (t) => {
  const f = fixture();
  const abort = new AbortController();
  const reason = new Error('dropped');
  f.wire.script('bus.put', hangs);
  const publishing = f.publisher.publish(entries, testContext(abort.signal), anyTime);
  abort.abort(reason);
  t.is((await publishing).failure, reason);
});

test('the bus gets ready before the right to publish is asked for, and each call follows on it at once', async (t) => {
  const f = fixture();
  const order: string[] = [];
  const bus: Sink = {
    name: 'a bus',
    product: 'EventBridge',
    remedyIfBusy: 'wait',
    sizeOf: f.bus.sizeOf,
    limits: f.bus.limits,
    ready: async () => void order.push('ready'),
    put: async (entries) => {
      order.push('put');
      return entries.map(() => ({ status: 'accepted' }) as const);
    },
  };
  const publisher = new Publisher({ sink: bus, clock: f.clock, log: f.log });
  await publisher.publish([entryOf('a')], testContext(), () => void order.push('may publish'));
  t.deepEqual(order, ['ready', 'may publish', 'put']);
});

test('a bus that cannot be looked up is a failure, and nothing is put', async (t) => {
  const f = fixture();
  const bus: Sink = {
    name: 'a bus',
    product: 'EventBridge',
    remedyIfBusy: 'wait',
    sizeOf: f.bus.sizeOf,
    limits: f.bus.limits,
    ready: async () => Promise.reject(trouble('bus.missing')),
    put: async () => t.fail('put'),
  };
  const publisher = new Publisher({ sink: bus, clock: f.clock, log: f.log });
  const { failure } = await publisher.publish([entryOf('a')], testContext(), () => undefined);
  t.like(failure, { code: 'bus.missing' });
});
