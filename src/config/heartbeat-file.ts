import { Failure } from '../domain/failure.ts';
import { readDocument } from './document.ts';
import { readKeys } from './keys.ts';
import { type ConfigOrigin, configFile } from './origin.ts';

/**
 * The heartbeat file that the configuration names. Nothing else of it is read or judged, in particular no
 * secret: a health check must not need the rights to run the poller. Throws a Failure `config.invalid` if
 * none is named.
 */
export function heartbeatFileOf(origin: ConfigOrigin): string {
  const file = configFile(origin);
  const document = file === undefined ? { value: undefined } : readDocument(file);
  if (document.problems) throw unnamed(`the configuration ${JSON.stringify(file)} ${document.problems.join('; ')}`);
  const named = readKeys(document.value).values.get('poller.heartbeatFile');
  if (typeof named === 'string' && named !== '') return named;
  throw unnamed(file === undefined ? 'there is no configuration file' : `${JSON.stringify(file)} does not set the key`);
}

function unnamed(why: string): Failure {
  return new Failure({
    code: 'config.invalid',
    what: 'There is no heartbeat to look at',
    why,
    remedy:
      'Set poller.heartbeatFile, and name the configuration with --config, or the heartbeat file itself with --file',
  });
}
