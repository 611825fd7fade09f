import { element } from './dom.ts';
import { number } from './format.ts';
import type { Cell, Table } from './tables.ts';

/** A longer text may be broken anywhere, characters. */
const MAX_WORD_LENGTH = 30;

export function drawTable({ title, heads, rows, none, more = 0 }: Table): HTMLElement {
  const heading = element('h2', '', title);
  if (rows.length === 0) return element('section', 'table', heading, element('p', 'none', none));
  const head = element('tr', '', ...heads.map((text) => headCell(text)));
  const body = rows.map((row) =>
    element(
      'tr',
      '',
      ...row.map((cell) => element('td', textOf(cell).length > MAX_WORD_LENGTH ? 'long' : '', textOf(cell))),
    ),
  );
  const table = element('table', '', element('thead', '', head), element('tbody', '', ...body));
  const scroll = element('div', 'scroll', table);
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'region');
  scroll.setAttribute('aria-label', title);
  const rest = more > 0 ? [element('p', 'none', `${number(more)} older ones are not shown.`)] : [];
  return element('section', 'table', heading, scroll, ...rest);
}

function headCell(text: string): HTMLElement {
  const cell = element('th', '', text);
  cell.scope = 'col';
  return cell;
}

function textOf(cell: Cell): string {
  return typeof cell === 'number' ? number(cell) : cell;
}
