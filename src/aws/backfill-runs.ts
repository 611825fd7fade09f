import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { parseInstant } from '../domain/instant.ts';
import { BACKFILL } from '../domain/streams.ts';
import type { Window } from '../domain/window.ts';
import type { BackfillRun, BackfillRuns } from '../ports/backfill-runs.ts';
import type { RequestContext } from '../ports/request-context.ts';
import { instant, number, readCheckpointItem, setting } from './state-items.ts';
import { StateItems } from './state-items-access.ts';

/** Whatever run is stored gives way, but not to a process whose lease another has taken over. */
const NO_HIGHER_FENCE = 'attribute_not_exists(pk) OR fence <= :fence';

/**
 * The run of a backfill, in the checkpoint of the stream `backfill`: a checkpoint like any other, whose
 * origin is the beginning of the period, with two attributes more: `until`, the end of it, and `earlier`,
 * the periods of the runs before.
 */
export class DynamoBackfillRuns extends StateItems implements BackfillRuns {
  /**
   * What is no run of ours (a checkpoint set by hand has no end) counts as none: it is going to be
   * overwritten.
   */
  async read(context: RequestContext): Promise<BackfillRun | undefined> {
    const item = await this.getItem(this.keyOf(BACKFILL, 'checkpoint'), context);
    const checkpoint = item && readCheckpointItem(item);
    const end = parseInstant(item?.until?.S);
    if (!checkpoint || end === undefined) return undefined;
    return { period: { start: checkpoint.origin, end }, checkpoint, earlier: readPeriods(item?.earlier) };
  }

  async write({ period, checkpoint, earlier }: BackfillRun, context: RequestContext): Promise<'written' | 'refused'> {
    const update = {
      ...setting({
        watermark: instant(checkpoint.watermark),
        origin: instant(checkpoint.origin),
        fence: number(checkpoint.fence),
        updatedAt: instant(checkpoint.updatedAt),
        until: instant(period.end),
        earlier: { L: earlier.map(({ start, end }) => ({ M: { from: instant(start), to: instant(end) } })) },
      }),
      ConditionExpression: NO_HIGHER_FENCE,
    };
    return (await this.update(this.keyOf(BACKFILL, 'checkpoint'), update, context)) ? 'written' : 'refused';
  }
}

/** Of a run that a version before this one has written there are none. */
function readPeriods(value: AttributeValue | undefined): readonly Window[] {
  return (value?.L ?? []).flatMap(({ M }) => {
    const start = parseInstant(M?.from?.S);
    const end = parseInstant(M?.to?.S);
    return start === undefined || end === undefined ? [] : [{ start, end }];
  });
}
