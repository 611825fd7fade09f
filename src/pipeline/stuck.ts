import { Failure } from '../domain/failure.ts';

/** What it is when work goes on hanging after it was cancelled. Nothing but the end of the process gets rid of it. */
export function stuckFailure(stream: string): Failure {
  return new Failure({
    code: 'poller.stuck',
    what: `The work on the stream ${stream} hangs`,
    why: 'it was cancelled and has not ended',
    remedy: 'The process ends with exit code 1, to be started anew by systemd or the container runtime',
  });
}
