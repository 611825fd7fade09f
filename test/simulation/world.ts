import { type Draft, emptyDraft } from './record.ts';
import type { Fact, Story } from './stories.ts';

/**
 * When a fact can be met by a reader of windows: its record shows, and has an anchor that windows select it
 * by.
 */
export interface Sight {
  /** A segmentEnd, or the start of a conversation that never ends; epoch milliseconds. */
  readonly anchor: number;
  /** From when on a window with the anchor in it is answered with the fact; epoch milliseconds. */
  readonly from: number;
}

/** A fact, and how it can be met. */
export interface LedgerEntry {
  readonly fact: Fact;
  /** Whether the record tells something else in the end. */
  readonly retracted: boolean;
  readonly sights: readonly Sight[];
}

/** How a record looks at a time, as far as queries select by it. */
export interface View {
  readonly story: Story;
  /** How many of its changes show. */
  readonly version: number;
  /** Since when it looks like this, epoch milliseconds. */
  readonly from: number;
  readonly segmentEnds: readonly number[];
  /** Infinity while it has none. */
  readonly end: number;
}

/**
 * The member of a record that tells its version: one that Genesys does not have, and only this simulation
 * reads.
 */
export const VERSION = 'simulatedVersion';

/** Conversations that go on whether or not they are read. */
export class World {
  readonly stories: readonly Story[];
  /** When the last change shows, epoch milliseconds. */
  readonly lastChange: number;
  /** How long after the time that it bears a fact shows at the latest, milliseconds. */
  readonly lateness: number;
  private readonly versions: readonly (readonly View[])[];
  private readonly texts = { query: new Map<View, string>(), lake: new Map<View, string>() };

  private readonly renames: boolean;

  /** `renames`: the query calls the contact's leg `external`, and the data lake calls it `customer`. */
  constructor(stories: readonly Story[], renames = false) {
    this.renames = renames;
    this.stories = [...stories].sort((a, b) => a.start - b.start);
    this.versions = this.stories.map(versionsOf);
    const changes = stories.flatMap((story) => story.changes);
    this.lastChange = Math.max(...changes.map((change) => change.showsAt));
    this.lateness = Math.max(...changes.flatMap(({ showsAt, reveals }) => reveals.map((fact) => showsAt - fact.time)));
  }

  /** The conversations that show at a time, in the order in which they began. */
  at(time: number): readonly View[] {
    const views: View[] = [];
    for (const versions of this.versions) {
      const shown = versions.findLast(({ from }) => from <= time);
      if (shown) views.push(shown);
    }
    return views;
  }

  /** The record as JSON, as one of the two tells it. */
  textOf(view: View, source: 'query' | 'lake'): string {
    let text = this.texts[source].get(view);
    if (text === undefined) {
      const { story, version } = view;
      const draft: Draft = emptyDraft(story);
      for (const change of story.changes.slice(0, version)) change.apply(draft);
      const isRenamed = this.renames && source === 'query';
      if (isRenamed) for (const one of draft.participants) if (one.purpose === 'customer') one.purpose = 'external';
      text = JSON.stringify({ ...draft, [VERSION]: isRenamed ? `${version}, renamed` : version });
      this.texts[source].set(view, text);
    }
    return text;
  }

  /** Everything that becomes true in this world, by its own account. */
  entries(): readonly LedgerEntry[] {
    return this.stories.flatMap((story) => {
      const anchors = anchorsOf(story);
      const retracted = new Set(story.changes.flatMap((change) => change.retracts));
      return story.changes.flatMap((change) =>
        change.reveals.map((fact) => ({
          fact,
          retracted: retracted.has(fact),
          sights: anchors.map(({ anchor, from }) => ({ anchor, from: Math.max(from, change.showsAt) })),
        })),
      );
    });
  }
}

/** How the record of a conversation looks after each of its changes. */
function versionsOf(story: Story): readonly View[] {
  let segmentEnds: readonly number[] = [];
  let end = Number.POSITIVE_INFINITY;
  return story.changes.map((change, index) => {
    if (change.segmentEnd !== undefined) segmentEnds = [...segmentEnds, change.segmentEnd];
    end = change.conversationEnd ?? end;
    return { story, version: index + 1, from: change.showsAt, segmentEnds, end };
  });
}

function anchorsOf(story: Story): readonly Sight[] {
  const ends = story.changes.flatMap(({ segmentEnd, showsAt }) =>
    segmentEnd === undefined ? [] : [{ anchor: segmentEnd, from: showsAt }],
  );
  if (story.changes.some((change) => change.conversationEnd !== undefined)) return ends;
  return [...ends, { anchor: story.start, from: story.changes[0]?.showsAt ?? 0 }];
}
