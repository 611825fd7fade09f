import test from 'ava';
import { failureOf, load, problemsOf, withKey } from '../support/config-file.ts';

const REGION = 'genesys: {region: us-east-1}\n';

const UNKNOWN: readonly (readonly [string, string])[] = [
  ['pollar: {name: a}', 'pollar is not a known key: did you mean poller?'],
  ['poller: {nam: a}', 'poller.nam is not a known key: did you mean poller.name?'],
  ['poller: {NAME: a}', 'poller.NAME is not a known key: did you mean poller.name?'],
  [
    'streams: {conversation: {settle: 1s}}',
    'streams.conversation is not a known key: did you mean streams.conversations?',
  ],
  ['conversations: {settle: 1s}', 'conversations is not a known key: did you mean streams.conversations?'],
  ['streams: {settle: 1s}', 'streams.settle is not a known key: did you mean streams.conversations.settle?'],
  ['region: us-east-1', 'region is not a known key: did you mean genesys.region?'],
  ['dynamodb: {}', 'dynamodb is not a known key: did you mean dynamoDb?'],
  ['poller.name: a', 'poller.name is not a known key: write it in nested sections, without dots'],
  ['weather: sunny', 'weather is not a known key'],
  ['poller: {"": a}', 'poller.… is not a known key'],
  ['__proto__: {name: a}', '__proto__ is not a known key'],
  ['constructor: {prototype: {name: a}}', 'constructor is not a known key'],
  ['poller: {toString: a}', 'poller.toString is not a known key'],
  ['? [a, b]\n: c', '… is not a known key'],
  ['7: c', '7 is not a known key'],
];
for (const [text, problem] of UNKNOWN) {
  test(`an unknown key is an error: ${text}`, (t) => {
    t.deepEqual(problemsOf(REGION + text), [problem]);
  });
}

test('a value that became part of a key by a missing space is cut off', (t) => {
  t.deepEqual(problemsOf('{genesys: {region: us-east-1, clientSecret:hunter2}}'), [
    'genesys.clientSecret… is not a known key: did you mean genesys.clientSecret?',
  ]);
});

test('a section must be a section', (t) => {
  t.deepEqual(problemsOf(`${REGION}poller: hunter2`), [
    'poller must be a section with the keys name, schedule, shutdownTimeout, heartbeatFile, watchConfig',
  ]);
  t.deepEqual(problemsOf(`${REGION}poller: [hunter2]`).length, 1);
  t.deepEqual(problemsOf(`${REGION}streams: {eventLog: false}`), [
    'streams.eventLog must be a section with the keys enabled',
  ]);
});

test('a section that is not an object reports itself and none of its keys', (t) => {
  t.deepEqual(problemsOf('genesys: us-east-1', { env: {} }), [
    'genesys must be a section with the keys region, loginUrl, apiUrl, clientId, clientSecret, requestsPerMinute, requestTimeout',
  ]);
});

for (const text of ['hunter2', '[1, 2]', '42', 'true']) {
  test(`a document that is ${text} has no keys`, (t) => {
    const problems = problemsOf(text, { env: {} });
    t.is(problems.length, 1);
    t.regex(problems[0] ?? '', /^the top level must be a section with the keys poller, genesys, streams, /);
  });
}

test('a key must be a value', (t) => {
  t.deepEqual(problemsOf(withKey('poller.name', { hunter2: { a: 1 } })), [
    'poller.name must be a value, not a section',
  ]);
  t.deepEqual(problemsOf(withKey('events.include', {})), ['events.include must be a value, not a section']);
});

test('a key left empty is not set if it has no default, and an error if it has one', (t) => {
  const config = load(`${REGION}poller: {heartbeatFile: }`);
  t.is(config.poller.heartbeatFile, null);
  t.deepEqual(problemsOf(`${REGION}poller: {name: }`), ['poller.name: must be text of 1 to 128 characters without #']);
});

test('all problems come at once, in one line that names each key and the file', (t) => {
  const text = [
    'pollar: {}',
    'poller: {schedule: never, shutdownTimeout: 5}',
    'genesys: {requestsPerMinute: 1.5}',
    'streams: {conversations: {overlap: 2h}}',
    'events: {include: [callStarted]}',
  ].join('\n');
  t.deepEqual(problemsOf(text, { env: {} }), [
    'pollar is not a known key: did you mean poller?',
    'poller.schedule: must be a cron expression of six fields, seconds first, such as */30 * * * * *: value was "never"',
    'poller.shutdownTimeout: must be a whole number with a unit, such as 500ms, 30s, 5m, 2h or 7d: value was 5',
    'genesys.requestsPerMinute: must be a whole number, 1 or more: value was 1.5',
    'events.include: must list event types out of conversationStarted, contactDialed, callAnalyzed, contactConnected, queueEntered, queueExited, agentAlerted, agentCallConnected, agentCallDisconnected, contactDisconnected, dispositionSet, conversationEnded, outboundEventLogged: value was ["callStarted"]',
    'genesys.region is required, unless genesys.loginUrl and genesys.apiUrl are both set',
    'genesys.clientId is required: set GENESYS_CLIENT_ID, GENESYS_CLIENT_ID_FILE, the systemd credential genesys-client-id, or the key',
    'genesys.clientSecret is required: set GENESYS_CLIENT_SECRET, GENESYS_CLIENT_SECRET_FILE, the systemd credential genesys-client-secret, or the key',
    'streams.conversations.overlap (2h) must be less than streams.conversations.maxWindow (1h), or no window would get past the checkpoint',
  ]);
  const { message } = failureOf(() => load(text, { name: 'my.yaml' }));
  t.regex(
    message,
    /^Invalid configuration "\/.*\/my\.yaml": pollar is not .*; poller\.schedule: .*\. `genesys-poller help configuration` explains every key/,
  );
  t.false(message.includes('\n'));
});

test('a value as long as a book is cut', (t) => {
  const [problem = ''] = problemsOf(withKey('poller.name', '#'.repeat(100_000)));
  t.is(problem.length, 401);
  t.true(problem.endsWith('##…'));
});

test('line breaks in a value do not break the line', (t) => {
  t.deepEqual(problemsOf(withKey('poller.name', 'a\nb: c\u2028')), [
    'poller.name: must be text of 1 to 128 characters without #: value was "a\\nb: c\u2028"',
  ]);
});
