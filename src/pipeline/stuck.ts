import { Failure } from '../domain/failure.ts';

/** Work that still hangs after it was cancelled. Only the end of the process ends it. */
export function stuckFailure(stream: string): Failure {
  return new Failure({
    code: 'poller.stuck',
    what: `The work on the stream ${stream} hangs`,
    why: 'it was cancelled and has not ended',
    remedy: 'The process ends with exit code 1, to be restarted by systemd or the container runtime',
  });
}
