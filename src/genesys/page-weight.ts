/**
 * The size that counts as one page, characters of JSON. A larger one counts as several. So all waiting pages
 * (PAGES_AHEAD) take less than 32 MB of text, which is less than half of the shipped heap when parsed.
 */
const ORDINARY_PAGE = 1024 * 1024;

/**
 * The expected weight of the next page: that of the latest, and for a while that of the heaviest before it.
 */
export class PageWeight {
  expected = 1;

  note(characters: number): number {
    const weight = Math.max(1, Math.ceil(characters / ORDINARY_PAGE));
    this.expected = Math.max(weight, Math.floor(this.expected * 0.75), 1);
    return weight;
  }
}
