import test from 'ava';
import { boundedCredentials } from '../../src/aws/credentials.ts';

const CREDENTIALS = { accessKeyId: 'a', secretAccessKey: 's' };
const LIMIT = 10_000;

/** Whether Node follows the promises of the process: it then marks each of them. Newer versions never do. */
const promisesAreFollowed = () => Object.getOwnPropertySymbols(Promise.resolve()).length > 0;
const keepsAll = Number(process.versions.node.split('.')[0]) >= 24;

test.serial('promises are followed only while credentials are looked for', async (t) => {
  let found = (_credentials: typeof CREDENTIALS) => {};
  const asked = new Promise<typeof CREDENTIALS>((resolve) => {
    found = resolve;
  });
  const provide = boundedCredentials(LIMIT, undefined, () => () => asked);
  t.false(promisesAreFollowed(), 'the test itself begins without');

  const both = [provide(), provide()];
  t.is(promisesAreFollowed(), !keepsAll);
  found(CREDENTIALS);
  t.deepEqual(await Promise.all(both), [CREDENTIALS, CREDENTIALS]);

  t.false(promisesAreFollowed());
});

test.serial('promises are not followed after a chain that failed, or while another one still looks', async (t) => {
  let fail = (_error: Error) => {};
  const never = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const chains = [Promise.reject(new Error('no profile')), never];
  const provide = boundedCredentials(LIMIT, undefined, () => {
    const chain = chains.shift() ?? never;
    return () => chain;
  });

  const [first, second] = [provide(), provide()];
  await t.throwsAsync(first, { message: 'no profile' });
  fail(new Error('no role'));
  await t.throwsAsync(second, { message: 'no profile' });
  const third = provide();
  t.is(promisesAreFollowed(), !keepsAll);
  await t.throwsAsync(third, { message: 'no role' });

  t.false(promisesAreFollowed());
});
