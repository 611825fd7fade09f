import { createHash } from 'node:crypto';

/** An ID is a SHA-256 in 64 hexadecimal digits: 8 words of 4 bytes. */
const WORDS = 8;
const BYTES = 32;
/** Takes the place of an entry where there is none, and is the end of the list of entries on both sides. */
const NONE = 0;

/**
 * Keeps the `max` IDs that were used last, each with the time at which it expires. An ID takes about 60
 * bytes, all outside of V8's heap. As text in a map it would take 150, which every major collection would go
 * through. The memory becomes resident as the cache fills.
 *
 * Entries are numbered from 1. They are found through a hash table with linear probing, and stand in a list
 * from the oldest to the newest.
 */
export class IdCache {
  private readonly max: number;
  private size = 0;
  private readonly ids: Uint32Array;
  private readonly expiries: Float64Array;
  private readonly newer: Uint32Array;
  private readonly older: Uint32Array;
  /** The entry at each place of the hash table: at least half of the places are empty. */
  private readonly places: Uint32Array;
  private readonly mask: number;
  /** The ID that is looked for, as words and as bytes. */
  private readonly wanted = new Uint32Array(WORDS);
  private readonly wantedBytes = Buffer.from(this.wanted.buffer);

  constructor(max: number) {
    this.max = max;
    this.ids = new Uint32Array((max + 1) * WORDS);
    this.expiries = new Float64Array(max + 1);
    this.newer = new Uint32Array(max + 1);
    this.older = new Uint32Array(max + 1);
    this.places = new Uint32Array(2 ** Math.ceil(Math.log2(2 * max)));
    this.mask = this.places.length - 1;
  }

  /**
   * The time at which the ID expires; undefined if it is not cached. Marks the ID as the most recently used.
   */
  get(id: string): number | undefined {
    this.want(id);
    const entry = at(this.places, this.placeOfWanted());
    if (entry === NONE) return undefined;
    this.unlink(entry);
    this.linkAsNewest(entry);
    return this.expiries[entry];
  }

  set(id: string, expiresAt: number): void {
    this.want(id);
    let entry = at(this.places, this.placeOfWanted());
    if (entry === NONE) entry = this.add();
    else this.unlink(entry);
    this.linkAsNewest(entry);
    this.expiries[entry] = expiresAt;
  }

  /** An entry for the wanted ID, which has none. The oldest one makes way. */
  private add(): number {
    const isFull = this.size === this.max;
    const entry = isFull ? at(this.newer, NONE) : this.size + 1;
    if (isFull) {
      this.unlink(entry);
      this.vacate(this.placeOf(entry));
    } else {
      this.size++;
    }
    this.ids.set(this.wanted, entry * WORDS);
    this.places[this.placeOfWanted()] = entry;
    return entry;
  }

  private want(id: string): void {
    const isHash = id.length === 2 * BYTES && this.wantedBytes.write(id, 'hex') === BYTES;
    if (!isHash) createHash('sha256').update(id).digest().copy(this.wantedBytes);
  }

  /** Where the wanted ID is, or would be. */
  private placeOfWanted(): number {
    for (let place = at(this.wanted, 0) & this.mask; ; place = (place + 1) & this.mask) {
      const entry = at(this.places, place);
      if (entry === NONE || this.isWanted(entry)) return place;
    }
  }

  private isWanted(entry: number): boolean {
    for (let n = 0; n < WORDS; n++) {
      if (this.wanted[n] !== this.ids[entry * WORDS + n]) return false;
    }
    return true;
  }

  private placeOf(entry: number): number {
    let place = this.homeOf(entry);
    while (this.places[place] !== entry) place = (place + 1) & this.mask;
    return place;
  }

  /** The place that the entry would have if no other one had taken it. */
  private homeOf(entry: number): number {
    return at(this.ids, entry * WORDS) & this.mask;
  }

  /** Empties a place. Entries behind it move up, unless that would be ahead of their home. */
  private vacate(place: number): void {
    let hole = place;
    for (let next = (hole + 1) & this.mask; this.places[next] !== NONE; next = (next + 1) & this.mask) {
      const entry = at(this.places, next);
      const distance = (next - this.homeOf(entry)) & this.mask;
      if (distance < ((next - hole) & this.mask)) continue;
      this.places[hole] = entry;
      hole = next;
    }
    this.places[hole] = NONE;
  }

  private unlink(entry: number): void {
    const [newer, older] = [at(this.newer, entry), at(this.older, entry)];
    this.older[newer] = older;
    this.newer[older] = newer;
  }

  private linkAsNewest(entry: number): void {
    const newest = at(this.older, NONE);
    this.newer[newest] = entry;
    this.older[entry] = newest;
    this.newer[entry] = NONE;
    this.older[NONE] = entry;
  }
}

/** An index of this class is never outside of its array. */
function at(array: Uint32Array, index: number): number {
  return array[index] as number;
}
