import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { parseAllDocuments } from 'yaml';
import { parseDuration } from '../../src/config/duration.ts';
import { SCHEMA } from '../../src/config/schema.ts';
import { load } from '../support/config-file.ts';
import { execForm, instructionsOf } from './support/dockerfile.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

const manifests = parseAllDocuments(readFileSync(join(PROJECT, 'deploy/kubernetes/genesys-poller.yaml'), 'utf8')).map(
  (document) => document.toJS() as Manifest,
);
const dockerfile = instructionsOf(readFileSync(join(PROJECT, 'deploy/container/Dockerfile'), 'utf8'));
const HEALTH = execForm(dockerfile.find(({ keyword }) => keyword === 'HEALTHCHECK')?.rest ?? '');
const of = (wanted: string) => JSON.parse(JSON.stringify(manifests.find(({ kind }) => kind === wanted)));
const { spec } = of('Deployment');
const pod = spec.template.spec;
const [container] = pod.containers;

/** A class of the library kubernetes-models, which is generated from the API's own schemas. */
type Model = new (data: object) => { validate(): void };

/** What the API's schemas object to in a resource; empty where they accept it. */
async function objectionsTo({ apiVersion, kind, ...rest }: Manifest): Promise<string> {
  const models = (await import(`kubernetes-models/${apiVersion}`)) as Readonly<Record<string, Model>>;
  const model = models[kind];
  if (!model) return `${apiVersion} has no ${kind}`;
  try {
    new model(rest).validate();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * What the compiler says to resources as values of the API's types: those, unlike the schemas, know no
 * further members.
 */
function compile(resources: readonly Manifest[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'genesys-poller-kubernetes-'));
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['kubernetes-models', '@kubernetes-models']) {
    symlinkSync(join(PROJECT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  const values = resources.map(
    (one, n) =>
      `export const n${n}: import('kubernetes-models/${one.apiVersion}').I${one.kind} = ${JSON.stringify(one)};`,
  );
  writeFileSync(join(folder, 'resources.ts'), values.join('\n'));
  const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
  const flags = ['--ignoreConfig', '--strict', '--noEmit', '--skipLibCheck', '--module', 'esnext'];
  return new Promise((resolve) => {
    const options = ['--moduleResolution', 'bundler', 'resources.ts'];
    execFile(process.execPath, [tsc, ...flags, ...options], { cwd: folder }, (_error, stdout) => {
      rmSync(folder, { recursive: true });
      resolve(stdout);
    });
  });
}

test("the API's own schemas and types have nothing to object to in the manifest", async (t) => {
  t.deepEqual(
    manifests.map(({ kind }) => kind),
    ['ServiceAccount', 'ConfigMap', 'Secret', 'Deployment', 'NetworkPolicy'],
  );
  for (const one of manifests) t.is(await objectionsTo(one), '', one.kind);
  t.is(await compile(manifests), '');
});

test('they would: a value of a wrong type, a member that does not exist, one that is missing', async (t) => {
  const deployment = of('Deployment');
  t.regex(await objectionsTo({ ...deployment, spec: { ...spec, replicas: 'two' } }), /replicas must be integer/);
  t.regex(await compile([{ ...deployment, spec: { ...spec, replicaz: 2 } }]), /replicaz/);
  t.regex(await compile([{ ...deployment, spec: { replicas: 2 } }]), /selector/);
});

test('two replicas, of which any may go, under the same name and configuration', (t) => {
  t.is(spec.replicas, 2);
  t.deepEqual(spec.selector.matchLabels, spec.template.metadata.labels);
  t.deepEqual(of('NetworkPolicy').spec.podSelector.matchLabels, spec.template.metadata.labels);
  t.true(pod.terminationGracePeriodSeconds * 1_000 >= parseDuration(SCHEMA.poller.shutdownTimeout.default) + 10_000);
});

test("each probe runs what the image's own health check runs, and there is no port", (t) => {
  for (const name of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    t.deepEqual(container[name].exec.command, HEALTH, name);
  }
  t.is(container.ports, undefined);
});

test('nothing comes in, no container runs as root, nothing can be written but the heartbeat', (t) => {
  const { policyTypes, ingress } = of('NetworkPolicy').spec;
  t.true(policyTypes.includes('Ingress'));
  t.deepEqual(ingress, []);
  t.like(pod.securityContext, { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } });
  t.deepEqual(container.securityContext, {
    ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  });
  const writable = container.volumeMounts.filter(({ readOnly }: { readonly readOnly?: boolean }) => !readOnly);
  t.deepEqual(writable, [{ name: 'heartbeat', mountPath: '/run/genesys-poller' }]);
});

test('the configuration is valid, is where the image looks for it, and names the heartbeat; secrets are files', (t) => {
  const { poller } = load(of('ConfigMap').data['genesys-poller.yaml']);
  t.is(poller.heartbeatFile, '/run/genesys-poller/heartbeat');
  const env = dockerfile.find(({ keyword, rest }) => keyword === 'ENV' && rest.includes('GENESYS_POLLER_CONFIG'));
  const [, file = ''] = /GENESYS_POLLER_CONFIG=(\S+)/.exec(env?.rest ?? '') ?? [];
  // A mount of a single file would stay the old one for ever.
  for (const mount of container.volumeMounts) t.false('subPath' in mount, mount.name);
  const mounted = (name: string) => container.volumeMounts.find((one: { name: string }) => one.name === name).mountPath;
  t.is(file, `${mounted('configuration')}/${Object.keys(of('ConfigMap').data)[0]}`);
  const files = Object.keys(of('Secret').stringData).map((name) => `${mounted('secrets')}/${name}`);
  const named = container.env.filter(({ name }: { name: string }) => name.endsWith('_FILE'));
  t.deepEqual(
    named.map(({ name, value }: { name: string; value: string }) => [name, value]),
    [
      ['GENESYS_CLIENT_ID_FILE', files[0]],
      ['GENESYS_CLIENT_SECRET_FILE', files[1]],
    ],
  );
});
