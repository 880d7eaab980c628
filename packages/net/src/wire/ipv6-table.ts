import { ipToBytes, type Ipv6 } from "./ip.js";
import { readIpv6Words, readWord, type Ipv6Words } from "./ipv6-words.js";

const EMPTY = -1;
const FIRST_CAPACITY = 16;

interface Entry<T> extends Ipv6Words {
  readonly key: Ipv6;
  value: T;
}

function hashWords(a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ Math.imul(d, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

/**
 * A map from IPv6 addresses that finds an address in received bytes without building a value for it: four 32-bit words are
 * read in place and compared. Setting, finding and deleting cost the same at any size; the order of iteration is that of
 * insertion until something is deleted.
 */
export class Ipv6Table<T> {
  #keys = new Int32Array(FIRST_CAPACITY * 4);
  #slots = new Int32Array(FIRST_CAPACITY).fill(EMPTY);
  #entries: Entry<T>[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** The value under the sixteen octets at `offset`. The caller has checked that they are there. */
  find(bytes: Uint8Array, offset: number): T | undefined {
    const entry = this.#slots[this.#slotOfBytes(bytes, offset)]!;
    return entry === EMPTY ? undefined : this.#entries[entry]!.value;
  }

  get(ip: Ipv6): T | undefined {
    return this.find(ipToBytes(ip), 0);
  }

  set(ip: Ipv6, value: T): void {
    const bytes = ipToBytes(ip);
    const slot = this.#slotOfBytes(bytes, 0);
    const entry = this.#slots[slot]!;
    if (entry !== EMPTY) {
      this.#entries[entry]!.value = value;
      return;
    }
    this.#entries.push({ key: ip, value, ...readIpv6Words(bytes, 0) });
    if (this.#entries.length * 2 > this.#slots.length) this.#rebuild(this.#slots.length * 2);
    else this.#place(slot, this.#entries.length - 1);
  }

  delete(ip: Ipv6): boolean {
    const slot = this.#slotOfBytes(ipToBytes(ip), 0);
    const entry = this.#slots[slot]!;
    if (entry === EMPTY) return false;
    const last = this.#entries.length - 1;
    // The last entry moves into the gap, so that the entries stay a dense array.
    if (entry !== last) {
      const moved = this.#entries[last]!;
      this.#slots[this.#slotOf(moved.a, moved.b, moved.c, moved.d)] = entry;
      this.#entries[entry] = moved;
    }
    this.#entries.pop();
    this.#closeGap(slot);
    return true;
  }

  clear(): void {
    this.#entries = [];
    this.#rebuild(FIRST_CAPACITY);
  }

  *[Symbol.iterator](): IterableIterator<[Ipv6, T]> {
    for (const { key, value } of this.#entries) yield [key, value];
  }

  #slotOfBytes(bytes: Uint8Array, at: number): number {
    return this.#slotOf(
      readWord(bytes, at),
      readWord(bytes, at + 4),
      readWord(bytes, at + 8),
      readWord(bytes, at + 12),
    );
  }

  /** The slot that holds the address, or the empty one where it belongs. At most half of the slots are ever taken. */
  #slotOf(a: number, b: number, c: number, d: number): number {
    const slots = this.#slots;
    const keys = this.#keys;
    const mask = slots.length - 1;
    for (let slot = hashWords(a, b, c, d) & mask; ; slot = (slot + 1) & mask) {
      if (slots[slot] === EMPTY) return slot;
      const at = slot * 4;
      if (keys[at] === a && keys[at + 1] === b && keys[at + 2] === c && keys[at + 3] === d) return slot;
    }
  }

  /** Empties a slot and moves up those behind it that probing would no longer reach. */
  #closeGap(gap: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    slots[gap] = EMPTY;
    for (let slot = (gap + 1) & mask; slots[slot] !== EMPTY; slot = (slot + 1) & mask) {
      const entry = slots[slot]!;
      const { a, b, c, d } = this.#entries[entry]!;
      const home = hashWords(a, b, c, d) & mask;
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
      this.#place(gap, entry);
      slots[slot] = EMPTY;
      gap = slot;
    }
  }

  #place(slot: number, entry: number): void {
    const { a, b, c, d } = this.#entries[entry]!;
    this.#keys.set([a, b, c, d], slot * 4);
    this.#slots[slot] = entry;
  }

  #rebuild(capacity: number): void {
    this.#slots = new Int32Array(capacity).fill(EMPTY);
    this.#keys = new Int32Array(capacity * 4);
    this.#entries.forEach(({ a, b, c, d }, entry) => this.#place(this.#slotOf(a, b, c, d), entry));
  }
}
