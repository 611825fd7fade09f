import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { resultOfError } from '../../src/aws/entry-result.ts';
import { holds } from '../domain/support/property.ts';

type Status = ReturnType<typeof resultOfError>['status'];

const STATUSES: readonly [status: Status, promise: string, codes: readonly string[]][] = [
  ['busy', 'a busy bus is tried again', ['ThrottlingException']],
  [
    'busy',
    'a failure inside the bus is tried again, whichever of its names it bears',
    ['InternalFailure', 'InternalException', 'InternalServerException', 'ServiceUnavailable'],
  ],
  ['stopped', 'a refusal that concerns every entry stops the cycle', ['AccessDenied', 'AccessDeniedException']],
  ['stopped', 'a bus that does not exist stops the cycle', ['ResourceNotFoundException']],
  ['refused', 'an entry that is at fault itself is never tried again', ['MalformedDetail']],
  [
    'unclear',
    'a code that may concern the account or the bus makes no dead letter by itself',
    [
      'InvalidArgument',
      'InvalidInputException',
      'InvalidAccountIdException',
      'NotAuthorizedForSourceException',
      'NotAuthorizedForDetailTypeException',
      'KMSInvalidStateException',
      'RequestRefused',
    ],
  ],
  [
    'unclear',
    'nor does a code that is not known yet',
    ['', 'SomethingNew', 'throttlingexception', 'NotAccessDenied', 'AccessDeniedOnce', 'constructor', '__proto__'],
  ],
];

for (const [status, promise, codes] of STATUSES) {
  for (const code of codes) {
    test(`${promise}: "${code}" is ${status}`, (t) => {
      t.is(resultOfError({ code, message: 'as EventBridge puts it' }, 'a bus').status, status);
    });
  }
}

for (const [name, status] of [
  ['Detail', 'refused'],
  ['DetailType', 'refused'],
  ['Time', 'refused'],
  ['Source', 'unclear'],
  ['EventBusName', 'unclear'],
] as const) {
  test(`an invalid ${name} is ${status === 'refused' ? "the entry's own" : 'the same for every entry'}`, (t) => {
    const message = `Parameter ${name} is not valid. Reason: as AWS puts it.`;
    t.is(resultOfError({ code: 'InvalidArgument', message }, 'a bus').status, status);
  });
}

test('an arbitrary code is unclear', (t) => {
  const known = new Set(STATUSES.filter(([status]) => status !== 'unclear').flatMap(([, , codes]) => codes));
  const property = fc.property(fc.string(), fc.string(), (code, message) => {
    fc.pre(!known.has(code) && code !== 'InvalidArgument');
    assert.equal(resultOfError({ code, message }, 'a bus').status, 'unclear');
  });
  holds(t, property);
});

for (const [code, failure] of [
  ['AccessDeniedException', 'bus.denied'],
  ['ResourceNotFoundException', 'bus.missing'],
] as const) {
  test(`${code} is the failure ${failure} of the bus as a whole, and names the bus and the reason`, (t) => {
    const result = resultOfError({ code, message: 'no' }, 'a bus');
    t.like(result, { status: 'stopped', reason: `${code}: no`, failure: { code: failure } });
    t.regex(result.status === 'stopped' ? result.failure.summary : '', new RegExp(`a bus: ${code}: no$`));
  });
}

test('a code that may concern the bus comes with what to do about the bus', (t) => {
  t.deepEqual(resultOfError({ code: 'KMSDisabledException', message: 'no' }, 'a bus'), {
    status: 'unclear',
    reason: 'KMSDisabledException: no',
    remedy: 'Check the KMS key of the bus: that it is enabled, and that its policy lets EventBridge use it',
  });
});
