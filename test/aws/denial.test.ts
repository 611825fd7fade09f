import test from 'ava';
import { deniedAction } from '../../src/aws/denial.ts';

const USER = 'User: arn:aws:sts::123456789012:assumed-role/poller/i-1';
const CASES: readonly [text: string, action: string | undefined][] = [
  [`${USER} is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:1:key/2`, 'kms:Decrypt'],
  [
    `${USER} is not authorized to perform: events:PutEvents on resource: arn:x because no policy allows it`,
    'events:PutEvents',
  ],
  [`${USER} is not authorized to perform: sts:AssumeRole on resource: arn:x`, 'sts:AssumeRole'],
  ['KMS key access denied error: the caller lacks kms:GenerateDataKey', 'kms:GenerateDataKey'],
  ['The ciphertext refers to a key in arn:aws:kms:eu-west-1:1:key/2 that is not there', undefined],
  ['no', undefined],
  ['', undefined],
];

for (const [text, action] of CASES) {
  test(`what AWS says is not permitted is ${action ?? 'not named'} in "${text}"`, (t) => {
    t.is(deniedAction(text), action);
  });
}
