import { Session } from 'node:inspector/promises';

/**
 * Begun before anything is called and never ended: what was compiled before, or after an end, would be
 * counted by call and not by block.
 */
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/**
 * How many blocks of the domain's code a piece of work runs through, each pass of a loop counted: a measure
 * of work that is the same on every machine. What is built into the engine is not counted.
 */
export async function stepsOf(work: () => void): Promise<number> {
  await session.post('Profiler.takePreciseCoverage');
  work();
  // Taking the counts sets them back to zero.
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const functions = result.filter(({ url }) => url.includes('/src/domain/')).flatMap((script) => script.functions);
  return functions.flatMap(({ ranges }) => ranges).reduce((sum, { count }) => sum + count, 0);
}
