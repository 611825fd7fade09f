import cron from 'node-cron';

const NAMES = ['second', 'minute', 'hour', 'day of the month', 'month', 'day of the week'];

/**
 * What is wrong with a schedule that node-cron accepts but that does not mean what it says; undefined if
 * nothing is. A minute field of `*` with a step of 70 says every 70 minutes, and means every hour. The second
 * Monday that is the first of a month never comes.
 */
export function scheduleProblem(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/);
  for (const [index, field] of fields.entries()) {
    for (const token of field.split(',')) {
      const [range = '', step] = token.split('/');
      if (step === undefined) continue;
      const steppedThrough = valuesIn(fields.with(index, range), index);
      if (Number(step) <= steppedThrough) continue;
      return `must not step by ${step} in the field of the ${NAMES[index]} (${token}), which has ${steppedThrough} values there`;
    }
  }
  return comes(expression) ? undefined : 'must be a schedule that fires at least once in the next hundred years';
}

/** How many values the field of that index has. */
function valuesIn(fields: readonly string[], index: number): number {
  const { second, minute, hour, dayOfMonth, month, dayOfWeek } = cron.parse(fields.join(' '));
  return [second, minute, hour, dayOfMonth, month, dayOfWeek][index]?.length ?? 0;
}

/** Whether it has a time within the next hundred years. */
function comes(expression: string): boolean {
  const task = cron.createTask(expression, () => undefined, { timezone: 'Etc/UTC' });
  try {
    return task.getNextRuns(1).length > 0;
  } catch {
    return false;
  } finally {
    void task.destroy();
  }
}
