const count = { type: 'integer', minimum: 0 };
const texts = { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string' } };
const schema = { $ref: '#' };
const schemas = { type: 'array', minItems: 1, items: schema };
const named = { type: 'object', additionalProperties: schema };
const TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];

/**
 * What a schema in draft-04 may be (json-schema.org/draft-04/schema), less the keywords that draft-07 reads
 * in another way (id, exclusiveMinimum, exclusiveMaximum, and boolean schemas, of which only
 * additionalProperties may be one) and those that are not used.
 */
export const DRAFT_04_AND_07 = {
  type: 'object',
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    $ref: { type: 'string' },
    title: { type: 'string' },
    description: { type: 'string' },
    definitions: named,
    type: { enum: TYPES },
    enum: { type: 'array', minItems: 1, uniqueItems: true },
    format: { enum: ['date-time'] },
    pattern: { type: 'string' },
    minLength: count,
    items: schema,
    minItems: count,
    uniqueItems: { type: 'boolean' },
    properties: named,
    required: texts,
    additionalProperties: { anyOf: [{ type: 'boolean' }, schema] },
    oneOf: schemas,
  },
};
