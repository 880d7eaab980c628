import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeList,
  decodeSeniority,
  eldestOf,
  EMPTY_LIST,
  encodeList,
  encodeSeniority,
  isNewer,
  writeList,
  type LeaseList,
} from "../src/leases.js";

const names = fc.constantFrom("node-a", "node-b", "node-c");
const leases = fc
  .dictionary(
    fc.constantFrom("default/web", "default/dns"),
    fc.constantFrom(["192.0.2.1"], ["192.0.2.2", "2001:db8::1"]),
  )
  .map((entries) => new Map(Object.entries(entries)));
const lists: fc.Arbitrary<LeaseList> = fc
  .array(fc.tuple(names, leases), { maxLength: 6 })
  .map((writes) => writes.reduce((list, [author, held]) => writeList(list, author, held), EMPTY_LIST));

describe("the list of leases", () => {
  it("comes back from its bytes", () => {
    fc.assert(
      fc.property(lists, (list) => {
        expect(decodeList(encodeList(list))).toEqual(list);
      }),
    );
  });

  it("ends up the same on every speaker, whatever the order of arrival", () => {
    fc.assert(
      fc.property(fc.array(lists, { maxLength: 8 }), fc.infiniteStream(fc.nat()), (sent, order) => {
        const take = (kept: LeaseList, next: LeaseList): LeaseList => (isNewer(next, kept) ? next : kept);
        const shuffled = [...sent].sort(() => ((order.next().value ?? 0) % 3) - 1);
        const one = sent.reduce(take, EMPTY_LIST);
        const other = shuffled.reduce(take, EMPTY_LIST);
        expect([other.term, other.version, other.author]).toEqual([one.term, one.version, one.author]);
      }),
    );
  });

  it("is newer after each write, and begins a term with each new author", () => {
    fc.assert(
      fc.property(lists, names, leases, (list, author, held) => {
        const written = writeList(list, author, held);
        expect(isNewer(written, list)).toBe(true);
        expect(isNewer(list, written)).toBe(false);
        expect(written.term - list.term).toBe(author === list.author ? 0 : 1);
      }),
    );
  });

  it.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["another format", '{"format":"x"}'],
    ["a negative term", '{"format":"vipkit-leases/1","term":-1,"version":1,"author":"a","leases":{}}'],
    ["an address that is none", '{"format":"vipkit-leases/1","term":1,"version":1,"author":"a","leases":{"s":["x"]}}'],
    [
      "too many addresses",
      `{"format":"vipkit-leases/1","term":1,"version":1,"author":"a","leases":{"s":${JSON.stringify(Array(17).fill("192.0.2.1"))}}}`,
    ],
  ])("refuses %s", (_what, text) => {
    expect(decodeList(new TextEncoder().encode(text))).toBeUndefined();
  });

  it("survives any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeList(bytes);
        decodeSeniority(bytes);
      }),
    );
  });
});

describe("the speaker that allocates", () => {
  it("is the one that runs longest, then the first by name; strangers do not count", () => {
    const stranger = { name: "a-go-member", since: decodeSeniority(new Uint8Array()) };
    const since = (at: number): number | undefined => decodeSeniority(encodeSeniority(at));
    expect(eldestOf([stranger, { name: "b", since: since(20) }, { name: "c", since: since(10) }])).toBe("c");
    expect(
      eldestOf([
        { name: "b", since: since(10) },
        { name: "a", since: since(10) },
      ]),
    ).toBe("a");
    expect(eldestOf([stranger])).toBeUndefined();
  });
});
