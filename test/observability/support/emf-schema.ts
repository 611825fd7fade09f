import { Ajv } from 'ajv';

/** A text of one line. */
const text = (maxLength: number) => ({ type: 'string', pattern: '^(.*)$', minLength: 1, maxLength });

const RATES = [
  'Bytes',
  'Kilobytes',
  'Megabytes',
  'Gigabytes',
  'Terabytes',
  'Bits',
  'Kilobits',
  'Megabits',
  'Gigabits',
  'Terabits',
];
const UNITS = ['Seconds', 'Microseconds', 'Milliseconds', ...RATES, 'Percent', 'Count', 'None'];

/**
 * The Embedded Metric Format as AWS specifies it (Amazon CloudWatch User Guide, "Specification: Embedded
 * metric format", its JSON schema and the limits that its text adds: 100 metrics a directive, a storage
 * resolution of 1 or 60).
 */
const EMF_SCHEMA = {
  type: 'object',
  required: ['_aws'],
  properties: {
    _aws: {
      type: 'object',
      required: ['Timestamp', 'CloudWatchMetrics'],
      additionalProperties: false,
      properties: {
        Timestamp: { type: 'integer' },
        CloudWatchMetrics: {
          type: 'array',
          items: {
            type: 'object',
            required: ['Namespace', 'Dimensions', 'Metrics'],
            additionalProperties: false,
            properties: {
              Namespace: text(1024),
              Dimensions: {
                type: 'array',
                minItems: 1,
                items: { type: 'array', minItems: 0, maxItems: 30, items: text(250) },
              },
              Metrics: {
                type: 'array',
                minItems: 1,
                maxItems: 100,
                items: {
                  type: 'object',
                  required: ['Name'],
                  additionalProperties: false,
                  properties: {
                    Name: text(1024),
                    Unit: { enum: [...UNITS, ...[...RATES, 'Count'].map((unit) => `${unit}/Second`)] },
                    StorageResolution: { enum: [1, 60] },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};

const isDocument = new Ajv({ strict: true, allErrors: true }).compile(EMF_SCHEMA);

interface Directive {
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string }[];
}

/**
 * What is wrong with a line as an EMF document. Besides the schema: each metric and each dimension that is
 * named must be a member of the line's top level, a number or a text; the specification says so in prose
 * only. The line is below 256 KB.
 */
export function emfProblems(line: Readonly<Record<string, unknown>>): readonly string[] {
  if (!isDocument(line))
    return (isDocument.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  const { CloudWatchMetrics } = line._aws as { readonly CloudWatchMetrics: readonly Directive[] };
  const directives = CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) => [
    ...Dimensions.flat().map((name) => ({ name, type: 'string' })),
    ...Metrics.map(({ Name }) => ({ name: Name, type: 'number' })),
  ]);
  return directives
    .filter(({ name, type }) => typeof line[name] !== type)
    .map(({ name, type }) => `${name} is not a ${type} at the top level`);
}
