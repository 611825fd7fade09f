import type { OperatorAccess } from '../app/operator.ts';
import { type CheckpointMove, judgeMove } from '../domain/checkpoint-move.ts';
import { Failure } from '../domain/failure.ts';
import { formatInstant, type Instant } from '../domain/instant.ts';
import { STREAM_NAMES, type StreamName } from '../domain/streams.ts';
import { createLog } from '../observability/logger.ts';
import { readDedupHistory } from '../pipeline/dedup-history-store.ts';
import { contextOf } from '../ports/request-context.ts';
import type { Checkpoint } from '../ports/state-store.ts';
import { asOperator } from './operator.ts';
import { columns, confirm, notice, outliveOutput, print, spoken, spokenLag } from './terminal.ts';
import { timestampOf } from './timestamp.ts';

/** Shows where the streams stand, or one of them. Resolves to the exit code. */
export function checkpointGet(options: {
  readonly config?: string | undefined;
  readonly json?: boolean | undefined;
  readonly stream?: StreamName | undefined;
}): Promise<number> {
  return asOperator(options, async ({ state, clock, context }) => {
    const asked = options.stream === undefined ? STREAM_NAMES : [options.stream];
    const found: { readonly stream: StreamName; readonly checkpoint: Checkpoint }[] = [];
    for (const stream of asked) {
      const checkpoint = await state.readCheckpoint(stream, context);
      if (checkpoint) found.push({ stream, checkpoint });
    }
    if (options.json) {
      const entries = found.map(({ stream, checkpoint: { watermark, origin, fence, updatedAt } }) => [
        stream,
        { watermark: iso(watermark), origin: iso(origin), fence, updatedAt: iso(updatedAt) },
      ]);
      print(JSON.stringify(Object.fromEntries(entries)));
    } else if (found.length === 0) {
      notice(
        options.stream === undefined ? 'No stream has a checkpoint yet' : `${options.stream} has no checkpoint yet`,
      );
    } else {
      const rows = found.map(({ stream, checkpoint: { watermark, origin, fence, updatedAt } }) => [
        ...[stream, iso(watermark), spokenLag(clock.now() - watermark), iso(origin), String(fence), iso(updatedAt)],
      ]);
      const headings = ['STREAM', 'CHECKPOINT', 'LAG', 'ORIGIN', 'FENCE', 'UPDATED'];
      for (const line of columns([headings, ...rows])) print(line);
    }
    return options.stream !== undefined && found.length === 0 ? 1 : 0;
  });
}

/**
 * Moves a stream's checkpoint by hand, while no poller works on the stream. Resolves to the exit code: 1 if
 * it was not moved.
 */
export function checkpointSet(options: {
  readonly config?: string | undefined;
  readonly stream: StreamName;
  readonly time: string;
  readonly allowGap?: boolean | undefined;
  readonly yes?: boolean | undefined;
}): Promise<number> {
  const { stream } = options;
  outliveOutput();
  return asOperator(options, async (access) => {
    const { state, config, clock, context, withExclusiveLease } = access;
    const to = timestampOf(options.time, clock.now());
    const allowGap = options.allowGap ?? false;
    const checkpoint = await state.readCheckpoint(stream, context);
    const history = await readDedupHistory(state.dedupHistory, config.dedup.ttl, clock.now(), context);
    const judge = (stored: Checkpoint | undefined) => judgeMove(stored, to, clock.now(), history);
    const before = judge(checkpoint);
    if (refused(stream, before, to, allowGap)) return 1;
    if (before.kind === 'none') {
      print(`The checkpoint of ${stream} is at ${iso(to)} already`);
      return 0;
    }
    if (!(await confirm(`${announced(stream, before, checkpoint, to)} Set it?`, options.yes ?? false))) {
      notice('Nothing was changed');
      return 1;
    }
    return withExclusiveLease(stream, async (acquired) => {
      // Between the question and the lease, a poller may have moved it.
      const { origin = to } = acquired.checkpoint ?? {};
      const move = judge(acquired.checkpoint);
      if (move.kind !== before.kind) {
        notice(`The checkpoint of ${stream} has moved meanwhile: nothing was changed. Look at it and try again`);
        return 1;
      }
      acquired.heldLease.assertMayPublish();
      context.signal.throwIfAborted();
      const next = { watermark: to, origin, fence: acquired.heldLease.fence, updatedAt: clock.now() };
      // What has been sent may move it: an interruption no longer ends the call, so that its outcome is told.
      const written = await state.setCheckpoint(stream, next, contextOf(new AbortController().signal));
      if (written.outcome === 'refused') throw overtaken(stream);
      if (move.kind === 'forward') reportGap(access, stream, move.gap);
      print(`Set the checkpoint of ${stream} to ${iso(to)}${checkpoint ? ` (was ${iso(checkpoint.watermark)})` : ''}`);
      return 0;
    });
  });
}

/** Tells why a move is not made; false if it may be. */
function refused(stream: StreamName, move: CheckpointMove, to: Instant, allowGap: boolean): boolean {
  if (move.kind === 'future') {
    notice(`Nothing was changed: ${iso(to)} is in the future`);
    return true;
  }
  if (move.kind === 'beforeOrigin') {
    notice(
      `Nothing was changed: ${stream} began at ${iso(move.origin)} and publishes nothing from before. For what is older: genesys-poller backfill --from ${iso(to)} --to ${iso(move.origin)}`,
    );
    return true;
  }
  if (move.kind === 'forward' && !allowGap) {
    notice(
      `Nothing was changed: what lies between ${iso(move.gap.start)} and ${iso(move.gap.end)} (${spoken(move.gap.end - move.gap.start)}) would never be read by ${stream}. Add --allow-gap to skip it all the same`,
    );
    return true;
  }
  return false;
}

/** What the move will do, in words. */
function announced(stream: StreamName, move: CheckpointMove, stored: Checkpoint | undefined, to: Instant): string {
  const from = stored ? ` from ${iso(stored.watermark)}` : '';
  const head = `The checkpoint of ${stream} goes${from} to ${iso(to)}.`;
  if (move.kind === 'first')
    return `${head} It has none yet: the stream begins there, and publishes nothing from before.`;
  if (move.kind === 'forward') {
    return `${head} What lies between is never read by ${stream}; genesys-poller backfill can publish it later.`;
  }
  const again = `${head} What lies between is read again; what was published is known by its ID and not published again.`;
  if (move.kind !== 'back' || move.unpublishable === undefined) return again;
  return `${again} What happened before ${iso(move.unpublishable)} is older than the deduplication period and is not published: use genesys-poller backfill.`;
}

function reportGap(
  { config }: OperatorAccess,
  stream: StreamName,
  { start, end }: { start: Instant; end: Instant },
): void {
  const log = createLog({ level: 'info', base: { poller: config.poller.name }, destination: process.stderr });
  log.warn('gap.detected', `What happened in this period is not read by ${stream}: its checkpoint was set forward`, {
    stream,
    gapStart: iso(start),
    gapEnd: iso(end),
  });
}

function overtaken(stream: StreamName): Failure {
  return new Failure({
    code: 'lease.lost',
    what: `The checkpoint of ${stream} was not set`,
    why: 'a poller has taken the stream over meanwhile',
    remedy: 'Stop it, standbys included, and try again',
  });
}

const iso = formatInstant;
