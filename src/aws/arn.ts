/** Region and account of an ARN: `arn:aws:events:REGION:ACCOUNT:…`. Undefined for any other text. */
export function arnOf(text: string | undefined): { readonly region: string; readonly account: string } | undefined {
  const [, region, account] = /^arn:[^:]+:[^:]+:([^:]+):(\d{12}):/.exec(text ?? '') ?? [];
  return region === undefined || account === undefined ? undefined : { region, account };
}
