import { openTables } from '../app/tables.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { type ConfigOrigin, configFile } from '../config/origin.ts';
import { Failure } from '../domain/failure.ts';
import { supportsColour } from '../lib/colour.ts';
import { systemClock } from '../lib/system-clock.ts';
import { awsProbes } from './check/aws-probes.ts';
import { genesysProbes, type Measured } from './check/genesys-probes.ts';
import { hostProbes } from './check/host-probes.ts';
import { organisationProbe } from './check/organisation-probe.ts';
import { planProbes } from './check/plan-probes.ts';
import { type Probe, type Result, runProbes } from './check/probe.ts';
import { EXIT_CONFIG } from './exit-codes.ts';
import { Interrupted, interruptible } from './interrupt.ts';
import { painted, painter, print } from './terminal.ts';

/**
 * Tests everything that the poller needs, and changes nothing. Resolves to the exit code: 0 if no probe
 * failed, 78 if the configuration is invalid, else 1.
 */
export async function check(options: {
  readonly config?: string | undefined;
  readonly json?: boolean | undefined;
  /** The configuration only, as for a reload: no network. */
  readonly offline?: boolean | undefined;
}): Promise<number> {
  const { signal, release } = interruptible();
  try {
    const show = options.json ? () => undefined : printer();
    const origin: ConfigOrigin = { file: options.config, env: process.env };
    const configuration = configure(origin);
    show(configuration.result);
    const others =
      configuration.config && !options.offline ? await probeAll(configuration.config, origin, signal, show) : [];
    const results = [configuration.result, ...others];
    const failed = results.filter(({ outcome }) => outcome === 'failed').length;
    if (options.json) print(JSON.stringify({ ok: failed === 0, probes: results }));
    else print(summaryOf(results));
    if (!configuration.config) return EXIT_CONFIG;
    return failed === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof Interrupted) return 1;
    throw error;
  } finally {
    release();
  }
}

function configure(origin: ConfigOrigin): { readonly config: Config | undefined; readonly result: Result } {
  const about = { id: 'config', tests: 'the configuration' } as const;
  try {
    const config = loadConfig(origin);
    const found = `${configFile(origin) ?? 'no file, environment only'}; poller ${config.poller.name}`;
    return { config, result: { ...about, outcome: 'passed', found } };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { config: undefined, result: { ...about, outcome: 'failed', found: error.summary, remedy: error.remedy } };
  }
}

async function probeAll(
  config: Config,
  origin: ConfigOrigin,
  signal: AbortSignal,
  onResult: (result: Result) => void,
): Promise<readonly Result[]> {
  const clock = systemClock;
  const measured: Measured = {};
  const tables = openTables(config, clock);
  const probes: readonly Probe[] = [
    ...genesysProbes(config, clock, measured, process.env),
    ...planProbes(config, measured),
    ...awsProbes(config, tables, clock),
    organisationProbe(config, tables, clock, process.env),
    ...hostProbes(config, origin, process.getuid?.()),
  ];
  try {
    return await runProbes(probes, { clock, signal, onResult });
  } finally {
    tables.aws.close();
  }
}

const MARKS = {
  passed: ['green', '✓'],
  failed: ['red', '✗'],
  skipped: ['dim', '–'],
  warning: ['yellow', '!'],
} as const;

/** A line for each result, and below what failed, and below a warning, the remedy. */
function printer(): (result: Result) => void {
  const paint = painter(supportsColour());
  return ({ outcome, tests, found, remedy }) => {
    const [colour, mark] = MARKS[outcome];
    print(painted`${paint(colour, mark)} ${tests}: ${found}`);
    if (remedy !== undefined) print(painted`  ${paint('yellow', '→')} ${remedy}`);
  };
}

function summaryOf(results: readonly Result[]): string {
  const of = (outcome: Result['outcome']) => results.filter((result) => result.outcome === outcome).length;
  const warnings = of('warning') > 0 ? `, warnings: ${of('warning')}` : '';
  return `${of('passed')} passed, ${of('failed')} failed, ${of('skipped')} not tested${warnings}`;
}
