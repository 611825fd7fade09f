/**
 * What takes minutes has a script of its own: `npm run test:long`. It runs the same way, on the same built program.
 */
const long = [
  'test/aws/dynamo-local.test.ts',
  'test/deploy/cloudformation.test.ts',
  'test/deploy/permissions.test.ts',
  'test/examples/bundle.test.ts',
  'test/examples/dynamodb-local.test.ts',
  'test/examples/python.test.ts',
  'test/genesys/conversation-query-simulated.test.ts',
  'test/schema/drift.test.ts',
  'test/system/all-streams.test.ts',
  'test/system/audit.test.ts',
  'test/system/backfill.test.ts',
  'test/system/check.test.ts',
  'test/system/checkpoint.test.ts',
  'test/system/completeness.test.ts',
  'test/system/dead-letters.test.ts',
  'test/system/operator-terminal.test.ts',
  'test/system/service.test.ts',
  'test/system/settings.test.ts',
  'test/system/status.test.ts',
  'test/system/terminal.test.ts',
  'test/system/v2-bus.test.ts',
];

export default {
  files: process.env.TEST_LONG === undefined ? ['test/**/*.test.ts', ...long.map((file) => `!${file}`)] : long,
  extensions: { ts: 'module' },
  nodeArguments: ['--import=tsx'],
  workerThreads: false,
  // Without a test that has ended for so long, a suite hangs. A slow machine alone does not come near it.
  timeout: '30m',
};
