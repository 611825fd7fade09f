import test from 'ava';
import { deniedAccount, deniedAction } from '../../src/aws/denial.ts';

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

const DENIED =
  'is not authorized to perform: events:DescribeEventBus on resource: arn:aws:events:eu-west-1:210987654321:event-bus/b';
for (const [text, account] of [
  [`${USER} ${DENIED}`, '123456789012'],
  [`User: arn:aws-us-gov:iam::123456789012:user/team/x ${DENIED}`, '123456789012'],
  [`User: arn:aws-cn:iam::123456789012:root ${DENIED}`, '123456789012'],
  [`User: anonymous ${DENIED}`, undefined],
  [`The user ${DENIED}`, undefined],
] as const) {
  test(`the account that a denial names as the caller's is ${account ?? 'not named'} in "${text}"`, (t) => {
    t.is(deniedAccount(text), account);
  });
}
