/**
 * The IAM action that AWS says is not permitted, such as `kms:Decrypt`: it is not always that of the
 * call. Undefined if it names none.
 */
export function deniedAction(text: string): string | undefined {
  return /\bnot authorized to perform:? ?([a-z][a-z0-9-]{1,40}:[A-Za-z*]{1,80})/.exec(text)?.[1] ?? kmsAction(text);
}

/**
 * The account that AWS says the caller belongs to, as in `User: arn:aws:sts::123456789012:assumed-role/…`.
 * Undefined if it names none.
 */
export function deniedAccount(text: string): string | undefined {
  return /\bUser: arn:[a-z-]+:(?:iam|sts)::(\d{12}):/.exec(text)?.[1];
}

/** KMS's own errors, passed on by another service, name the operation in other words. */
function kmsAction(text: string): string | undefined {
  return /\bkms:[A-Z][A-Za-z]{1,60}\b/.exec(text)?.[0];
}
