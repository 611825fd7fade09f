/** What happens to the telephone numbers in ani and dnis. */
export type PhoneNumbers = 'omit' | 'mask' | 'include';

const NUMBER = /^(?:tel:)?\+?[\d\s().-]*\d[\d\s().-]*$/i;

/**
 * The number as it may be published, undefined if it may not. `mask` keeps the last four digits and turns every other
 * digit into `*`; an address that is no number (a SIP URI, an e-mail address) tells who it belongs to and is left out.
 */
export function guardPhoneNumber(address: string | undefined, rule: PhoneNumbers): string | undefined {
  if (rule === 'omit') return undefined;
  if (rule === 'include') return address;
  return address?.match(NUMBER)?.[0].replace(/\d(?=(?:\D*\d){4})/g, '*');
}
