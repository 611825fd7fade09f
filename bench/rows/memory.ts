import type { Program } from '../program.ts';
import { median, type Row } from '../row.ts';
import { setStage } from '../stage.ts';
import { anHourOf, judge } from './end-to-end.ts';

/** One window's worth: of 100,000 results Genesys shows no page that says that there are no more. */
const CONVERSATIONS = 99_900;
const MB = 1_000_000;
/** What the collector's moods make of memory that does not grow; per cent. */
const GROWTH_TOLERANCE = 5;

/** About a million events of one window, once: it takes minutes. */
export async function memory(program: Program): Promise<readonly Row[]> {
  const stage = await setStage({ world: anHourOf(CONVERSATIONS) });
  try {
    const { rss, peakRss } = await stage.run([program.main, 'once']);
    const { events, ms } = await judge(stage, CONVERSATIONS);
    const quarter = Math.floor(rss.length / 4);
    // In the course of the first quarter the cache of IDs fills up, to stay full: its highest is what the last is to be held against.
    const [first, last] = [Math.max(...rss.slice(0, quarter)), median(rss.slice(-quarter))];
    return [
      {
        what: `resident memory at its peak, ${CONVERSATIONS.toLocaleString('en')} conversations in a window`,
        unit: 'MB',
        runs: [peakRss / MB],
        bound: { below: 256 },
      },
      {
        what: 'its median in the last quarter of the run against the highest in the first',
        unit: '%',
        digits: 1,
        runs: [(last / first - 1) * 100],
        bound: { atMost: GROWTH_TOLERANCE },
      },
      { what: `the same run, ${events.toLocaleString('en')} events`, unit: '/s', runs: [(events / ms) * 1_000] },
    ];
  } finally {
    await stage.close();
  }
}
