import { statSync } from 'node:fs';
import type { Config } from '../../config/config.ts';
import { type ConfigOrigin, configFile } from '../../config/origin.ts';
import { readSecrets, secretFiles } from '../../config/secrets.ts';
import { tryReplacing } from '../../observability/replace-file.ts';
import type { Probe, ProbeOutcome } from './probe.ts';

/** The read permission of a file for everybody who is neither its owner nor in its group. */
const READABLE_BY_OTHERS = 0o004;
const ROOT = 0;

/**
 * What this host and this user are for the poller. The poller runs all the same, so that these are warnings.
 * `uid` is the user's number; undefined where the platform has none.
 */
export function hostProbes(config: Config, origin: ConfigOrigin, uid: number | undefined): readonly Probe[] {
  const { heartbeatFile } = config.poller;
  const files = filesWithSecrets(origin);
  return [
    ...(heartbeatFile === null
      ? []
      : [probe('heartbeat', 'the heartbeat file', () => heartbeatOutcome(heartbeatFile))]),
    ...(files.length === 0 ? [] : [probe('secrets', 'files with secrets', () => secretsOutcome(files))]),
    ...(uid === ROOT ? [probe('user', 'the user', rootOutcome)] : []),
  ];
}

function probe(id: string, tests: string, find: () => ProbeOutcome): Probe {
  return { id, tests, run: async () => find() };
}

/** Those of the environment, and the configuration file where the client secret is in it. */
function filesWithSecrets(origin: ConfigOrigin): readonly string[] {
  const file = configFile(origin);
  const isElsewhere = readSecrets(origin.env).found.has('genesys.clientSecret');
  return [...secretFiles(origin.env), ...(file !== undefined && !isElsewhere ? [file] : [])];
}

function heartbeatOutcome(file: string): ProbeOutcome {
  try {
    tryReplacing(file);
    return { outcome: 'passed', found: `${file} can be written` };
  } catch (error) {
    return {
      outcome: 'warning',
      found: `${file} cannot be written by this user (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
      remedy:
        'Create its folder, writable by the user that runs the poller, or set poller.heartbeatFile to another path. ' +
        'A folder below /run that systemd makes (RuntimeDirectory) is there only while the service is',
    };
  }
}

function secretsOutcome(files: readonly string[]): ProbeOutcome {
  const exposures = files.map(exposureOf);
  const open = files.filter((_, n) => exposures[n] === 'open');
  if (open.length > 0) {
    return {
      outcome: 'warning',
      found: `readable by every user of this host: ${open.join(', ')}`,
      remedy: `chmod o-r ${open.join(' ')}; in Kubernetes set defaultMode: 0440 on the volume`,
    };
  }
  const hidden = files.filter((_, n) => exposures[n] === 'hidden');
  if (hidden.length > 0) {
    return {
      outcome: 'warning',
      found: `this user cannot look at ${hidden.join(', ')}`,
      remedy: 'Run `check` as the user that runs the poller, and let that user search the folders on the way there',
    };
  }
  return { outcome: 'passed', found: `${files.join(', ')}: not readable by others` };
}

/**
 * `hidden` where the system refuses to say, as in a folder that this user may not search. A missing file
 * exposes no secret. That it is missing is a problem of the configuration.
 */
function exposureOf(file: string): 'open' | 'closed' | 'hidden' {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats !== undefined && (stats.mode & READABLE_BY_OTHERS) !== 0 ? 'open' : 'closed';
  } catch {
    return 'hidden';
  }
}

function rootOutcome(): ProbeOutcome {
  return {
    outcome: 'warning',
    found: 'this command runs as root, and the poller needs no privileges',
    remedy: 'Run the poller as a user of its own, as the systemd units and the image do',
  };
}
