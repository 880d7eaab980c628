import fc from "fast-check";
import { expect, test } from "vitest";
import { ipToBytes, ipv6FromWords, ipv6ToWords, Ipv6Table, MAX_IPV6, sameIpv6Words } from "../../src/index.js";

const key = fc.oneof(
  fc.bigInt(0n, 40n).map((low) => (0x2001_0db8n << 96n) | low),
  fc.bigInt(0n, MAX_IPV6),
);
const step = fc.record({ op: fc.constantFrom("set", "set", "delete", "clear"), key, value: fc.nat() });

test("behaves like a Map, whatever is done to it", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = new Ipv6Table<number>();
      const model = new Map<bigint, number>();
      for (const { op, key: ip, value } of steps) {
        if (op === "set") {
          table.set(ip, value);
          model.set(ip, value);
        } else if (op === "delete") expect(table.delete(ip)).toBe(model.delete(ip));
        else if (steps.length % 7 === 0) {
          table.clear();
          model.clear();
        }
        expect(table.size).toBe(model.size);
        expect(table.get(ip)).toBe(model.get(ip));
      }
      for (const [ip, value] of model) expect(table.find(ipToBytes(ip), 0)).toBe(value);
      expect(new Map(table)).toEqual(model);
    }),
  );
});

test("deleting from a large table does not touch the rest", () => {
  const table = new Ipv6Table<number>();
  for (let i = 0; i < 20_000; i += 1) table.set(BigInt(i), i);
  const wrong: number[] = [];
  for (let i = 0; i < 20_000; i += 2) if (!table.delete(BigInt(i))) wrong.push(i);
  for (let i = 0; i < 20_000; i += 1) if (table.get(BigInt(i)) !== (i % 2 === 0 ? undefined : i)) wrong.push(i);
  expect(wrong).toEqual([]);
}, 20_000);

test("words are the address", () => {
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(ipv6FromWords(ipv6ToWords(a))).toBe(a);
      expect(sameIpv6Words(ipv6ToWords(a), ipv6ToWords(b))).toBe(a === b);
    }),
  );
});
