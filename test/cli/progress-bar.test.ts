import test from 'ava';
import { logAbove, ProgressBar } from '../../src/cli/progress-bar.ts';
import { recordedLog } from '../support/recorded-log.ts';

/** What brings a terminal back to the beginning of an empty line. */
const CLEAR = '\r\u001b[K';

/** A terminal of one line, as far as the bar is concerned, with what scrolled away above it. */
function terminal(columns: number | undefined = 80) {
  const above: string[] = [];
  let line = '';
  return {
    columns,
    above,
    line: () => line,
    write(text: string) {
      const drawn = text.split(CLEAR).pop() ?? '';
      if (text.includes(CLEAR)) line = '';
      const lines = (line + drawn).split('\n');
      line = lines.pop() ?? '';
      above.push(...lines);
    },
  };
}

test('the bar is as full as the fraction says, and never full before the end', (t) => {
  const screen = terminal();
  const bar = new ProgressBar(screen);
  for (const [fraction, line] of [
    [0, `${'░'.repeat(24)}   0 %  working`],
    [0.5, `${'█'.repeat(12)}${'░'.repeat(12)}  50 %  working`],
    [0.9999, `${'█'.repeat(23)}░  99 %  working`],
    [1, `${'█'.repeat(24)} 100 %  working`],
  ] as const) {
    bar.draw(fraction, 'working');
    t.is(screen.line(), line);
  }
  t.deepEqual(screen.above, []);
});

test('a line that would wrap is cut, for it could not be drawn over', (t) => {
  for (const [columns, length] of [
    [40, 39],
    [undefined, 79],
  ] as const) {
    const screen = { ...terminal(), columns };
    new ProgressBar(screen).draw(0.5, 'x'.repeat(500));
    t.is(screen.line().length, length);
  }
});

test('what is logged meanwhile stands above the bar', (t) => {
  const screen = terminal();
  const bar = new ProgressBar(screen);
  const written = recordedLog();
  const onScreen = (event: string) => screen.write(`${event}\n`);
  const log = logAbove(bar, {
    ...written,
    warn(event, msg, fields) {
      written.warn(event, msg, fields);
      onScreen(event);
    },
  });
  log.warn('before', 'the bar is there');
  bar.draw(0.5, 'working');
  log.warn('meanwhile', 'something happened', { stream: 'backfill' });
  t.deepEqual(screen.above, ['before', 'meanwhile']);
  t.regex(screen.line(), / 50 % {2}working$/);
  t.like(written.lines[1], { level: 'warn', event: 'meanwhile', msg: 'something happened', stream: 'backfill' });
  for (const level of ['debug', 'info', 'error'] as const) {
    log[level]('other', 'another level');
    t.is(written.lines.at(-1)?.level, level);
  }
});

test('at the end the bar stays, on a line of its own; a bar that was never drawn leaves nothing', (t) => {
  const screen = terminal();
  const bar = new ProgressBar(screen);
  bar.end();
  t.deepEqual([screen.above, screen.line()], [[], '']);
  bar.draw(1, 'done');
  bar.end();
  bar.end();
  t.deepEqual([screen.above, screen.line()], [[`${'█'.repeat(24)} 100 %  done`], '']);
});
