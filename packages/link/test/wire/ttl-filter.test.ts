import { expect, test } from "vitest";
import { ttlFilter } from "../../src/wire/ttl-filter.js";

test("the filter reads the TTL or the hop limit behind SKF_NET_OFF (-0x100000)", () => {
  const [load4, compare] = ttlFilter("ipv4", 255);
  expect([load4!.k | 0, compare!.k]).toEqual([-0x10_0000 + 8, 255]);
  expect(ttlFilter("ipv6", 200)[0]!.k | 0).toBe(-0x10_0000 + 7);
});
