import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import test from 'ava';
import { validate } from 'dockerfile-utils';
import { parse } from 'yaml';
import { MADE, SECRETS } from '../../scripts/package/npm-package.ts';
import { parseDuration } from '../../src/config/duration.ts';
import { SCHEMA } from '../../src/config/schema.ts';
import { load } from '../support/config-file.ts';
import { execForm, instructionsOf } from './support/dockerfile.ts';

const PROJECT = new URL('../../', import.meta.url);
const text = (name: string) => readFileSync(new URL(`deploy/container/${name}`, PROJECT), 'utf8');
const instructions = instructionsOf(text('Dockerfile'));
const last = (keyword: string) => instructions.filter((one) => one.keyword === keyword).at(-1)?.rest ?? '';
const task = JSON.parse(text('ecs-task-definition.json'));
const container = task.containerDefinitions[0];
const compose = parse(text('compose.yaml'));
const service = compose.services['genesys-poller'];
const HEARTBEAT_FOLDER = '/run/genesys-poller';
const SHUTDOWN = parseDuration(SCHEMA.poller.shutdownTimeout.default);

test('a linter has nothing to object to in the Dockerfile', (t) => {
  t.deepEqual(
    validate(text('Dockerfile')).map(({ message, range }) => `${range.start.line + 1}: ${message}`),
    [],
  );
});

test('the image is built in stages, and runs distroless, each by its digest, on the Node that builds it, an even release', (t) => {
  const images = instructions.filter(({ keyword }) => keyword === 'FROM').map(({ rest }) => rest);
  t.is(images.length, 2);
  const [, build] = /^node:(\d+)-\w+-slim@sha256:[0-9a-f]{64} AS build$/.exec(images[0] ?? '') ?? [];
  const [, run] =
    /^gcr\.io\/distroless\/nodejs(\d+)-debian\d+:nonroot@sha256:[0-9a-f]{64}$/.exec(images[1] ?? '') ?? [];
  t.is(build, run);
  t.is(Number(run) % 2, 0);
});

test('it needs no shell: what is run, and what looks after its health, is in exec form', (t) => {
  t.deepEqual(execForm(last('ENTRYPOINT')), ['/nodejs/bin/node', '/app/dist/main.js']);
  t.deepEqual(execForm(last('CMD')), ['run']);
  t.deepEqual(execForm(last('HEALTHCHECK')), [...execForm(last('ENTRYPOINT')), 'health']);
});

test('everything the build copies from outside exists, is let through to it, and is all that the package is made of', (t) => {
  const letThrough = text('Dockerfile.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  const copied = instructions
    .filter(({ keyword, rest }) => keyword === 'COPY' && !rest.includes('--from='))
    .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1))
    .map((path) => path.replace(/\$\{CONFIG\}/, last('ARG').split('=')[1] ?? ''));
  for (const path of copied) {
    t.true(existsSync(new URL(path, PROJECT)), path);
    t.true(letThrough.includes(path.split('/')[0] ?? ''), path);
  }
  const { files } = JSON.parse(readFileSync(new URL('package.json', PROJECT), 'utf8'));
  for (const path of ['package-lock.json', 'src', ...files.filter((one: string) => !MADE.includes(one)), 'LICENSE']) {
    t.true(copied.includes(path.split('/')[0] ?? ''), path);
  }
});

test('no container runs as root, nothing can be written, no ability is left, wherever it runs', (t) => {
  t.is(last('USER'), '65532:65532');
  t.like(container, { user: '65532:65532', readonlyRootFilesystem: true });
  t.deepEqual(container.linuxParameters, { initProcessEnabled: true, capabilities: { drop: ['ALL'] } });
  t.like(service, { user: '65532:65532', read_only: true, init: true });
  t.deepEqual(service.cap_drop, ['ALL']);
  t.deepEqual(service.security_opt, ['no-new-privileges:true']);
});

test("ECS, which ignores the image's health check, has the same one of its own, with time to start", (t) => {
  const { command, startPeriod } = container.healthCheck;
  t.deepEqual(command, ['CMD', ...execForm(last('HEALTHCHECK'))]);
  t.true(startPeriod > 0);
});

test('the heartbeat goes where there is something to write to', (t) => {
  const config = load(text('config/genesys-poller.yaml'));
  t.is(config.poller.heartbeatFile, `${HEARTBEAT_FOLDER}/heartbeat`);
  t.deepEqual(JSON.parse(last('VOLUME')), [HEARTBEAT_FOLDER]);
  t.deepEqual(container.mountPoints, [{ sourceVolume: task.volumes[0].name, containerPath: HEARTBEAT_FOLDER }]);
  t.true(service.tmpfs[0].startsWith(`${HEARTBEAT_FOLDER}:`));
});

test('it is given more time to stop than the poller takes', (t) => {
  t.true(container.stopTimeout * 1_000 >= SHUTDOWN + 10_000);
  t.true(parseDuration(service.stop_grace_period) >= SHUTDOWN + 10_000);
});

test('secrets come from Secrets Manager, or from files, and are nowhere written down', (t) => {
  const secrets = Object.fromEntries(
    container.secrets.map(({ name, valueFrom }: Record<string, string>) => [name, valueFrom]),
  );
  t.deepEqual(Object.keys(secrets), ['GENESYS_CLIENT_ID', 'GENESYS_CLIENT_SECRET']);
  for (const arn of Object.values(secrets)) t.regex(String(arn), /^arn:aws:secretsmanager:REGION:ACCOUNT:secret:/);
  t.is(container.environment, undefined);
  for (const name of ['GENESYS_CLIENT_ID', 'GENESYS_CLIENT_SECRET']) {
    t.false(name in service.environment);
    t.true(`${name}_FILE` in service.environment, name);
  }
  t.is(service.environment.AWS_SECRET_ACCESS_KEY, null);
});

test('configuration and secrets are mounted as folders: a file that is replaced by renaming is seen', (t) => {
  const [, configuration = ''] = /GENESYS_POLLER_CONFIG=(\S+)/.exec(last('ENV')) ?? [];
  const { GENESYS_CLIENT_ID_FILE: id, GENESYS_CLIENT_SECRET_FILE: secret } = service.environment;
  t.deepEqual(service.volumes, [
    `./config:${posix.dirname(configuration)}:ro`,
    `./secrets:${posix.dirname(secret)}:ro`,
  ]);
  t.is(posix.dirname(id), posix.dirname(secret));
  t.true(existsSync(new URL(`deploy/container/config/${posix.basename(configuration)}`, PROJECT)));
  // Both kinds mount file by file.
  t.deepEqual([compose.secrets, compose.configs, service.secrets, service.configs], Array(4).fill(undefined));
});

test('secrets beside the compose file get into no image, no package and no commit', (t) => {
  // The last line that fits decides, so it comes after the one for the folder above.
  t.is(text('Dockerfile.dockerignore').trimEnd().split('\n').at(-1), SECRETS);
  t.true(readFileSync(new URL('.gitignore', PROJECT), 'utf8').split('\n').includes(`${SECRETS}/`));
  t.true(service.volumes.some((one: string) => one.startsWith(`./${posix.basename(SECRETS)}:`)));
});

test('the memory for JavaScript leaves room for the rest', (t) => {
  const [, heap] = /--max-old-space-size=(\d+)/.exec(last('ENV')) ?? [];
  t.true(Number(heap) * 2 <= Number(task.memory));
  t.is(service.mem_limit, `${task.memory}m`);
});
