import { EventEmitter } from 'node:events';
import test from 'ava';
import { Screen } from '../../src/cli/screen.ts';
import { painter } from '../../src/cli/terminal.ts';

class FakeTerminal extends EventEmitter {
  readonly writes: string[] = [];
  columns: number | undefined;
  rows: number | undefined;

  write(text: string): void {
    this.writes.push(text);
  }
}

function onTerminal(columns?: number, rows?: number) {
  const terminal = new FakeTerminal();
  Object.assign(terminal, { columns, rows });
  return { terminal, screen: new Screen(terminal), last: () => terminal.writes.at(-1) };
}

test('a drawing is one write that overwrites before it clears, so that nothing flickers', (t) => {
  const { terminal, screen } = onTerminal();
  const before = terminal.writes.length;
  screen.show(['one', 'two']);
  t.deepEqual(terminal.writes.slice(before), ['\u001b[Hone\u001b[K\ntwo\u001b[K\n\u001b[J']);
});

test('a terminal of another size gets the same lines at once, cut to its columns and rows', (t) => {
  const { terminal, screen, last } = onTerminal(80, 24);
  terminal.emit('resize');
  t.is(terminal.writes.length, 1, 'nothing has been shown yet');
  screen.show(['abcdef', 'ghi', 'jkl']);
  Object.assign(terminal, { columns: 5, rows: 3 });
  terminal.emit('resize');
  t.is(last(), '\u001b[Habcd\u001b[K\nghi\u001b[K\n\u001b[J');
});

test('colours take no column, and a line that is cut ends in the colour in which it began', (t) => {
  const { screen, last } = onTerminal(4);
  screen.show([painter(true)('red', 'abcdef')]);
  t.is(last(), '\u001b[H\u001b[31mabc\u001b[0m\u001b[K\n\u001b[J');
});

test('a control character in a text has no effect, and a line break begins a line of its own', (t) => {
  const { screen, last } = onTerminal();
  screen.show(['a\u001b[2Jb\nc']);
  t.is(last(), '\u001b[Ha\\u001b[2Jb\u001b[K\nc\u001b[K\n\u001b[J');
});

test('the cursor is hidden until the end, and nothing is drawn after it', (t) => {
  const { terminal, screen, last } = onTerminal();
  t.deepEqual(terminal.writes, ['\u001b[?25l']);
  screen.show(['one']);
  screen.end();
  t.is(last(), '\u001b[?25h');
  const { length } = terminal.writes;
  terminal.emit('resize');
  t.is(terminal.writes.length, length);
  t.is(terminal.listenerCount('resize'), 0);
});
