import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROBE = fileURLToPath(new URL('probe.ts', import.meta.url));

/** The v2 bus on which the probe publishes. */
export const V2_ARN = 'arn:aws:events:us-east-1:000000000000:event-busv2/bus-1/0123456789abcdefghijklmno';

/** Runs the probe in an environment in which the SDK finds nothing but what is given. */
export async function probe(
  given: Readonly<Record<string, string>>,
): Promise<{ out: string; err: string; code: number | null }> {
  const { PATH = '' } = process.env;
  const env = { PATH, HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...given };
  const child = spawn(process.execPath, ['--import=tsx', PROBE], { env });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { out, err, code };
}
