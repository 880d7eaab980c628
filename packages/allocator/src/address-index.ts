import type { Ip } from "@vipkit/net";
import type { Pool, Segment } from "./pool.js";

/** Finds the segment that owns an address: segments of all pools, sorted, by family. */
export class AddressIndex {
  readonly #ipv4: readonly Segment[];
  readonly #starts: Float64Array;
  readonly #ipv6: readonly Segment[];

  constructor(pools: readonly Pool[]) {
    const sorted = (family: "ipv4" | "ipv6"): Segment[] =>
      pools.flatMap((pool) => pool[family].segments).sort((a, b) => (a.first < b.first ? -1 : 1));
    this.#ipv4 = sorted("ipv4");
    this.#starts = Float64Array.from(this.#ipv4, ({ first }) => Number(first));
    this.#ipv6 = sorted("ipv6");
  }

  /** The segment around an address, whatever the rules of its pool say. */
  find(ip: Ip): Segment | undefined {
    const found = typeof ip === "number" ? this.#findIpv4(ip) : this.#findIpv6(ip);
    return found !== undefined && ip <= found.last ? found : undefined;
  }

  #findIpv4(ip: number): Segment | undefined {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= ip) low = middle + 1;
      else high = middle;
    }
    return this.#ipv4[low - 1];
  }

  #findIpv6(ip: bigint): Segment | undefined {
    let low = 0;
    let high = this.#ipv6.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ipv6[middle]!.first <= ip) low = middle + 1;
      else high = middle;
    }
    return this.#ipv6[low - 1];
  }
}
