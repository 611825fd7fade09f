// Writes the bill of materials of what is installed with the package, as CycloneDX JSON, to standard output.
// It is read from the lock file, so that it does not depend on how, or whether, the packages are installed
// here.
//
// `npm sbom --omit=dev` leaves out what development needs too (npm 11.19: axios, of which a test library is a
// dependant). So the whole is asked for, in which npm marks what serves development alone, and that is taken
// out here.
import { execFileSync } from 'node:child_process';

const whole = JSON.parse(
  execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format=cyclonedx'], { encoding: 'utf8', maxBuffer: 1e8 }),
);
const isOfDevelopment = ({ properties = [] }) =>
  properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true');

const components = whole.components.filter((component) => !isOfDevelopment(component));
const kept = new Set([whole.metadata.component, ...components].map((component) => component['bom-ref']));
const dependencies = whole.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));

process.stdout.write(`${JSON.stringify({ ...whole, components, dependencies }, undefined, 2)}\n`);
