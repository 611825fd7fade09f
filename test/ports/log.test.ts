import test from 'ava';
import { type Level, logOf, SILENT, withFields } from '../../src/ports/log.ts';
import { recordedLog } from '../support/recorded-log.ts';

const LEVELS: readonly Level[] = ['debug', 'info', 'warn', 'error'];

test('the lines of every level go one way, with all they say', (t) => {
  const written: unknown[] = [];
  const log = logOf((...line) => void written.push(line));
  for (const level of LEVELS) log[level]('lease.lost', level, { fence: 3 });
  t.deepEqual(
    written,
    LEVELS.map((level) => [level, 'lease.lost', level, { fence: 3 }]),
  );
  for (const level of LEVELS) t.is(SILENT[level]('lease.lost', level), undefined);
});

test('every line bears the members that were given once, unless it has its own', (t) => {
  const written = recordedLog();
  const log = withFields(written, { stream: 'conversations' });
  for (const level of LEVELS) log[level]('publish.partial', 'so it is', { entries: 3 });
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
