import test from 'ava';
import { ensureHome } from '../../src/aws/home.ts';

test('a user without an entry in the list of users gets a home directory, in which there is nothing', (t) => {
  const env: { HOME?: string } = {};
  ensureHome(env, () => {
    throw new Error('A system error occurred: uv_os_homedir returned ENOENT (no such file or directory)');
  });
  t.is(env.HOME, '/');
});

test('a home directory that is known stays', (t) => {
  const env = { HOME: '/home/poller' };
  ensureHome(env, () => env.HOME);
  t.is(env.HOME, '/home/poller');
  const unset: { HOME?: string } = {};
  ensureHome(unset, () => '/home/of-the-list');
  t.deepEqual(unset, {});
});
