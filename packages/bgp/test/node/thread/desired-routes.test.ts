import fc from "fast-check";
import { formatPrefix } from "@vipkit/net";
import { describe, expect, test } from "vitest";
import type { Route } from "../../../src/index.js";
import { createDesiredRoutes, type DesiredRoutes } from "../../../src/node/thread/desired-routes.js";
import { packPrefixRows, unpackPrefixRows, type PackedPrefixes } from "../../../src/node/thread/packed-prefixes.js";
import { hostRoutes, route } from "../pair.js";

function textsOf(packed: PackedPrefixes): string[] {
  return unpackPrefixRows(packed).map(formatPrefix);
}

/** What the other side holds: path by prefix and identifier. */
type Held = Map<string, Route>;

function nameOf({ prefix, pathId = 0 }: Route): string {
  return `${formatPrefix(prefix)}@${pathId}`;
}

function apply(held: Held, piece: NonNullable<ReturnType<DesiredRoutes["take"]>>): void {
  for (const prefix of unpackPrefixRows(piece.withdraw)) {
    for (const name of [...held.keys()]) if (name.startsWith(`${formatPrefix(prefix)}@`)) held.delete(name);
  }
  for (const { route: words, prefixes } of piece.announce) {
    for (const prefix of unpackPrefixRows(prefixes)) held.set(nameOf({ ...words, prefix }), { ...words, prefix });
  }
}

describe("the routes that go over to a thread", () => {
  test("are only those that have changed, whether or not the objects are new", () => {
    const desired = createDesiredRoutes();
    desired.replace(hostRoutes(100, { med: 1 }));
    const first = desired.take()!;
    expect(first.announce).toHaveLength(1);
    expect(textsOf(first.announce[0]!.prefixes)).toHaveLength(100);
    expect(first.announce[0]!.route).toMatchObject({ med: 1 });
    desired.replace([...hostRoutes(99, { med: 1 }), route("10.9.9.9/32")]);
    const second = desired.take()!;
    expect(textsOf(second.withdraw)).toEqual(["10.0.0.99/32"]);
    expect(second.announce.flatMap(({ prefixes }) => textsOf(prefixes))).toEqual(["10.9.9.9/32"]);
    expect(desired.take()).toBeUndefined();
  });

  test("come in pieces", () => {
    const desired = createDesiredRoutes();
    desired.replace(hostRoutes(25_000));
    const sizes = [1, 2, 3].map(() => desired.take()!.announce.flatMap(({ prefixes }) => textsOf(prefixes)).length);
    expect(sizes).toEqual([10_000, 10_000, 5000]);
  });

  test("are what was asked for last, whatever was taken in between", () => {
    const one = fc.record({
      prefix: fc.constantFrom("10.0.0.1/32", "10.0.0.2/32", "2001:db8::1/128"),
      pathId: fc.constantFrom(undefined, 0, 1, 7),
      med: fc.constantFrom(undefined, 5),
    });
    const anyRoutes = fc.array(one, { maxLength: 6 });
    const step = fc.oneof(
      fc.record({ type: fc.constantFrom("replace" as const, "announce" as const), routes: anyRoutes }),
      fc.record({ type: fc.constant("withdraw" as const), routes: anyRoutes }),
      fc.constant({ type: "take" as const }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const desired = createDesiredRoutes();
        const held: Held = new Map();
        const model: Held = new Map();
        const flush = (): void => {
          const piece = desired.take();
          if (piece !== undefined) apply(held, piece);
        };
        for (const made of steps) {
          if (made.type === "take") {
            flush();
            continue;
          }
          const routes = made.routes.map(({ prefix, pathId, med }) => route(prefix, { pathId, med }));
          if (made.type === "withdraw") {
            desired.withdraw(routes.map(({ prefix }) => prefix));
            apply(model, { withdraw: packPrefixRows(routes.map(({ prefix }) => prefix)), announce: [], more: false });
            continue;
          }
          if (made.type === "replace") model.clear();
          desired[made.type](routes);
          for (const each of routes) model.set(nameOf(each), each);
        }
        flush();
        expect(desired.take()).toBeUndefined();
        const plain = (all: Held) => [...all].map(([name, { med }]) => [name, med]).sort();
        expect(plain(held)).toEqual(plain(model));
      }),
      { numRuns: 300 },
    );
  });
});
