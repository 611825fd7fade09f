import test from 'ava';
import fc from 'fast-check';
import { type Episode, noteOccurrence } from '../../src/observability/repeats.ts';

const MINUTE = 60_000;

/**
 * When something that happens every `everyMs` for `forMs` is logged, and how many were kept back before, as
 * `minute+count`.
 */
function logged(everyMs: number, forMs: number): readonly string[] {
  const lines: string[] = [];
  let episode: Episode | undefined;
  for (let now = 0; now <= forMs; now += everyMs) {
    const occurrence = noteOccurrence(episode, now);
    episode = occurrence.episode;
    if (occurrence.isLogged) lines.push(`${now / MINUTE}+${occurrence.keptBack}`);
  }
  return lines;
}

test('what goes on failing is logged at first, after one, two and then every four minutes, with how often it was kept back', (t) => {
  t.deepEqual(logged(30_000, 20 * MINUTE), ['0+0', '1+1', '3+3', '7+7', '11+7', '15+7', '19+7']);
});

test('what fails every few minutes is logged every time once its interval has passed', (t) => {
  t.deepEqual(logged(4 * MINUTE, 12 * MINUTE), ['0+0', '4+0', '8+0', '12+0']);
});

test('what has not happened for more than four minutes is logged at once when it comes back', (t) => {
  const first = noteOccurrence(undefined, 0);
  const again = noteOccurrence(first.episode, 10_000);
  t.false(again.isLogged);
  t.true(noteOccurrence(again.episode, 10_000 + 4 * MINUTE + 1).isLogged);
  t.is(noteOccurrence(again.episode, 10_000 + 4 * MINUTE + 1).keptBack, 1);
  t.is(noteOccurrence(again.episode, 10_000 + 4 * MINUTE + 1).episode.quietMs, MINUTE);
});

test('whenever it happens, nothing is uncounted: what was logged and what was kept back add up, and no silence outlasts four minutes', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 400_000 }), { minLength: 1, maxLength: 200 }), (gaps) => {
      let episode: Episode | undefined;
      let now = 0;
      let lines = 0;
      let counted = 0;
      let lastLogged = 0;
      for (const gap of gaps) {
        now += gap;
        const occurrence = noteOccurrence(episode, now);
        episode = occurrence.episode;
        if (!occurrence.isLogged) {
          t.true(now - lastLogged < 4 * MINUTE);
          continue;
        }
        lines++;
        counted += occurrence.keptBack;
        lastLogged = now;
      }
      t.is(lines + counted + (episode?.keptBack ?? 0), gaps.length);
    }),
  );
});
