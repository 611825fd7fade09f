import type { OperatorAccess } from '../app/operator.ts';
import { STREAMS, type StreamName, streamsAbout } from '../domain/streams.ts';
import { type RedriveOptions, type RedriveResult, redriveOne } from '../pipeline/redrive.ts';
import type { RequestContext } from '../ports/request-context.ts';
import { byId, described, every, type Found } from './dead-letters.ts';
import { asOperator } from './operator.ts';
import { confirm, notice, outliveOutput, print } from './terminal.ts';

interface Options {
  readonly config?: string | undefined;
  readonly stream?: StreamName | undefined;
  /** IDs or their beginnings; none: every event among the dead letters. */
  readonly ids: readonly string[];
  readonly whilePolling?: boolean | undefined;
  readonly allowRepeats?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

type Outcome = RedriveResult['outcome'];

/**
 * Publishes dead letters after all. Resolves to the exit code: 0 if every dead letter that was named is on
 * the bus now.
 *
 * It works under the lease of the streams that could meet the same events, so that no poller publishes one of
 * them at the same moment: on a classic bus that would be a repeat.
 */
export function redrive(options: Options): Promise<number> {
  outliveOutput();
  return asOperator(options, async (access) => {
    const deadLetters = options.ids.length > 0 ? await byId(access, options) : await every(access, options.stream);
    if (!deadLetters) return 1;
    const events = deadLetters.filter(({ deadLetter }) => deadLetter.kind === 'event');
    for (const one of deadLetters) if (one.deadLetter.kind === 'record') explainRecord(one);
    if (events.length === 0) {
      notice('There is no event to publish among the dead letters');
      return options.ids.length > 0 ? 1 : 0;
    }
    const { bus } = access.config.eventBridge;
    const what = events.length === 1 ? '1 event' : `${events.length} events`;
    if (!(await confirm(`${what} will be published on the bus ${bus}. Publish?`, options.yes ?? false))) {
      notice('Nothing was published');
      return 1;
    }
    const stats = new Map<Outcome, number>();
    const composed = await access.composeRedrive(options.allowRepeats ?? false);
    const work = (assertMayPublish: () => void) =>
      redriveAll(events, { ...composed, assertMayPublish }, stats, access.context);
    try {
      await (options.whilePolling ? work(() => undefined) : withLeases(leasesFor(events), access, work));
    } finally {
      summarise(stats, deadLetters.length);
    }
    const done = (stats.get('published') ?? 0) + (stats.get('known') ?? 0);
    const asked = options.ids.length > 0 ? deadLetters.length : events.length;
    return done === asked ? 0 : 1;
  });
}

function explainRecord({ stream, deadLetter }: Found): void {
  notice(described(stream, deadLetter));
  notice(
    '  is a record in which no event could be identified, so there is none to publish. Once this program can read it, setting ' +
      'the checkpoint back, or a backfill, derives its events; until then it stays a dead letter',
  );
}

/** The leases of all streams that may derive one of these events. */
function leasesFor(events: readonly Found[]): readonly StreamName[] {
  const subjects = new Set(events.map(({ stream }) => STREAMS[stream].subject));
  return [...subjects].flatMap(streamsAbout);
}

async function withLeases(
  streams: readonly StreamName[],
  access: OperatorAccess,
  work: (assertMayPublish: () => void) => Promise<void>,
): Promise<void> {
  const [stream, ...others] = streams;
  if (stream === undefined) return work(() => undefined);
  await access.withExclusiveLease(stream, ({ heldLease }) =>
    withLeases(others, access, (assertMayPublish) =>
      work(() => {
        heldLease.assertMayPublish();
        assertMayPublish();
      }),
    ),
  );
}

async function redriveAll(
  events: readonly Found[],
  redriveOptions: RedriveOptions,
  stats: Map<Outcome, number>,
  context: RequestContext,
): Promise<void> {
  for (const { stream, deadLetter } of events) {
    context.signal.throwIfAborted();
    const result = await redriveOne(stream, deadLetter, redriveOptions, context);
    stats.set(result.outcome, (stats.get(result.outcome) ?? 0) + 1);
    print(`${deadLetter.id} ${resultText(result)}`);
  }
}

function resultText(result: RedriveResult): string {
  switch (result.outcome) {
    case 'published':
      return 'published, and no dead letter any more';
    case 'known':
      return 'was published before; not published again, and no dead letter any more';
    case 'refused':
      return `refused again, and still a dead letter: ${result.reason}`;
    case 'tooOld':
      return (
        'still a dead letter: it happened so long ago that its ID, if it was published, may have been forgotten; ' +
        '--allow-repeats publishes it'
      );
    case 'unpublishable':
      return 'still a dead letter: its content is not an event that this version knows';
  }
}

/** `meant` counts records too: they are still there. */
function summarise(stats: ReadonlyMap<Outcome, number>, meant: number): void {
  const of = (outcome: Outcome) => stats.get(outcome) ?? 0;
  const done = of('published') + of('known');
  notice(`${of('published')} published, ${of('known')} known already, ${meant - done} left`);
}
