import test from 'ava';
import { withFields } from '../../src/ports/log.ts';
import { recordedLog } from '../support/recorded-log.ts';

test('every line bears the members that were given once, unless it has its own', (t) => {
  const written = recordedLog();
  const log = withFields(written, { stream: 'conversations' });
  for (const level of ['debug', 'info', 'warn', 'error'] as const)
    log[level]('publish.partial', 'so it is', { entries: 3 });
  log.warn('publish.partial', 'so it is');
  log.warn('publish.partial', 'so it is', { stream: 'event-log' });
  t.deepEqual(
    written.lines.map(({ level, stream, entries }) => [level, stream, entries]),
    [
      ['debug', 'conversations', 3],
      ['info', 'conversations', 3],
      ['warn', 'conversations', 3],
      ['error', 'conversations', 3],
      ['warn', 'conversations', undefined],
      ['warn', 'event-log', undefined],
    ],
  );
});
