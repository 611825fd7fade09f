import test from 'ava';
import fc from 'fast-check';
import { keysOf } from '../../src/config/settings.ts';
import { Failure } from '../../src/domain/failure.ts';
import { load, withKeys } from '../support/config-file.ts';

const SECRET = 'hunter2-Xyzzy';

/**
 * How a configuration ends: loaded, or with the Failure's message. Everything else that it throws is thrown
 * on.
 */
function outcomeOf(text: string, env: Readonly<Record<string, string>>): 'loaded' | string {
  try {
    load(text, { env });
    return 'loaded';
  } catch (error) {
    if (error instanceof Failure && error.code === 'config.invalid') {
      return `${error.message}${JSON.stringify(error.fields)}${String(error.cause)}`;
    }
    throw error;
  }
}

test('any JSON is either a configuration or one Failure', (t) => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (document) => {
      outcomeOf(JSON.stringify(document), {});
    }),
  );
  t.pass();
});

test('any text is either a configuration or one Failure', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      outcomeOf(text, {});
    }),
  );
  t.pass();
});

const anyValue = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom('1d', '5m', '500ms', '40d', 'now', 'all', 'interval', true, false, 1, 4096, 'us-east-1', 'v2'),
);
const anyKeys = fc.dictionary(fc.constantFrom(...keysOf().map(([name]) => name)), anyValue, { maxKeys: 6 });

test('any value at any key is either valid or one Failure, and every problem is in one line', (t) => {
  const seen = { loaded: 0, refused: 0 };
  fc.assert(
    fc.property(anyKeys, (keys) => {
      const outcome = outcomeOf(withKeys(keys), { GENESYS_CLIENT_ID: 'id', GENESYS_CLIENT_SECRET: SECRET });
      seen[outcome === 'loaded' ? 'loaded' : 'refused']++;
      return !outcome.includes('\n');
    }),
    { numRuns: 300 },
  );
  t.true(seen.loaded > 0, 'the generator makes valid configurations');
  t.true(seen.refused > 0, 'the generator makes invalid ones');
});

/** Ways in which a secret is wrong, or is right while something else is wrong. */
const anySecret = fc.constantFrom<unknown>(
  SECRET,
  `${SECRET} `,
  `${SECRET}\nnext`,
  [SECRET],
  [[SECRET], { a: SECRET }],
  { a: SECRET },
  { a: { b: [SECRET] } },
);

test('no message contains a secret, whatever else is wrong and wherever the secret is from', (t) => {
  fc.assert(
    fc.property(anyKeys, anySecret, anySecret, fc.boolean(), (keys, id, secret, fromEnvironment) => {
      const document = { ...keys, 'genesys.clientId': id, 'genesys.clientSecret': secret, 'poller.nam': 1 };
      const env = fromEnvironment ? { GENESYS_CLIENT_SECRET: `${SECRET} ` } : {};
      const outcome = outcomeOf(withKeys(document), env);
      return outcome !== 'loaded' && !outcome.includes(SECRET);
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('no message contains a secret, however the YAML around it is broken', (t) => {
  const lines = fc.constantFrom(
    `  clientSecret: ${SECRET}`,
    `  clientSecret:${SECRET}`,
    `  clientSecret ${SECRET}`,
    `  clientSecret: "${SECRET}`,
    `  clientSecret: *${SECRET}`,
    `  clientSecret: !${SECRET} x`,
    `  clientSecret: "\\${SECRET}"`,
    `\tclientSecret: ${SECRET}`,
    '  clientId: a: b',
    '  region: us-east-1',
    '  - x',
    '}',
    '---',
  );
  fc.assert(
    fc.property(fc.array(lines, { maxLength: 5 }), (rest) => {
      return !outcomeOf(['genesys:', ...rest].join('\n'), {}).includes(SECRET);
    }),
    { numRuns: 300 },
  );
  t.pass();
});
