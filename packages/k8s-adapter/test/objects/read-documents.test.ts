import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatMistake, readConfig, readDocuments, type Mistake } from "../../src/index.js";
import { file } from "../support.js";

function mistakesOf(text: string): readonly Mistake[] {
  const { objects, mistakes } = readDocuments([file(text, "f.yaml")]);
  return [...mistakes, ...readConfig(objects).mistakes];
}

const at = (mistakes: readonly Mistake[]): string[] =>
  mistakes.map(({ code, line, column }) => `${line}:${column} ${code}`);

describe("places of mistakes", () => {
  test("in an object: line and column of the value, and of the key where it is unknown", () => {
    const text = `apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata:
  name: first
spec:
  adresses: [10.0.0.0/24]
  autoAssign: maybe
  addresses:
    - 192.0.2.0/24
    - 192.0.2.9
`;
    const found = mistakesOf(text);
    expect(at(found)).toEqual(["6:3 unknown_field", "7:15 type", "10:7 address_alone"]);
    expect(formatMistake(found[2]!)).toBe(
      'f.yaml:10:7: error: IPAddressPool first: spec.addresses[1]: "192.0.2.9" is neither a prefix nor a range ' +
        "(allowed: a prefix such as 192.0.2.0/24 or a range such as 192.0.2.10-192.0.2.20; for one address /32)",
    );
  });

  test("inside a ConfigMap's text: the line and column of the file around it", () => {
    const text = `apiVersion: v1
kind: ConfigMap
metadata: { name: config, namespace: metallb-system }
data:
  config: |
    # a comment

    peers:
    - my-asn: 64500
      peer-asn: 64501
      peer-address: 10.0.0.300
      hold-time: 2s
      node-selectors:
      - match-expressions:
        - { key: a, operator: In }
    address-pools:
    - name: default
      protocol: layer3
      addresses:
      - 192.0.2.20-192.0.2.10
      addreses: []
`;
    const found = mistakesOf(text);
    expect(at(found)).toEqual([
      "11:21 peer_address",
      "12:18 hold_time",
      "14:9 selector",
      "18:17 enum",
      "20:9 range_order",
      "21:7 unknown_field",
    ]);
    expect(found[0]!.path).toBe("ConfigMap metallb-system/config: peers[0].peer-address");
    expect(found[3]!.allowed).toBe('one of "layer2", "bgp"');
  });

  test("of wrong YAML inside a ConfigMap's text", () => {
    const text = `apiVersion: v1
kind: ConfigMap
metadata: { name: config }
data:
  config: |
    address-pools:
    - name: a
     protocol: layer2
`;
    expect(at(mistakesOf(text)).every((place) => place.startsWith("8:") || place.startsWith("7:"))).toBe(true);
  });

  test("where the text is folded or quoted: the start of the text", () => {
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: config }\ndata:\n  config: "address-pools: 7"\n`;
    expect(at(mistakesOf(text))).toEqual(["5:11 type"]);
  });

  test("in lists of objects, and in the second of two files", () => {
    const list = `apiVersion: v1
kind: List
items:
- apiVersion: metallb.io/v1beta1
  kind: IPAddressPool
  metadata: { name: a }
  spec: { addresses: [] }
`;
    const { objects } = readDocuments([file("", "empty.yaml"), file(list, "list.yaml")]);
    const [mistake] = readConfig(objects).mistakes;
    expect(mistake).toMatchObject({ code: "pool_empty", file: "list.yaml", line: 7 });
  });
});

describe("documents", () => {
  test("that are not used give a note; without kind, twice or not an object they give errors", () => {
    const text = `apiVersion: apps/v1
kind: Deployment
metadata: { name: a }
---
metadata: { name: a }
---
- 1
---
apiVersion: v1
kind: Service
metadata: { name: a }
---
apiVersion: v1
kind: Service
metadata: { name: a }
`;
    const codes = readDocuments([file(text)]).mistakes.map(({ code }) => code);
    expect(codes).toEqual(["kind_ignored", "kind_missing", "not_an_object", "duplicate_object"]);
  });

  test("with a password in them never show it, whatever is wrong", () => {
    const text = `apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: { name: a }
spec: { myASN: 1, peerASN: 2, peerAddress: x, password: [hunter2], passwordSecret: { name: s } }
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: { name: b }
spec:
  myASN: 1
  password: "hunter2
---
apiVersion: v1
kind: ConfigMap
metadata: { name: config }
data: { config: "peers: [{ password: *hunter2 }]" }
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: { name: c }
spec: { myASN: 1, peerASN: 2, peerAddress: x, password: { hunter2: 1 } }
`;
    const found = mistakesOf(text);
    expect(found.length).toBeGreaterThan(2);
    expect(JSON.stringify(found)).not.toContain("hunter2");
  });
});

describe("hostile texts", () => {
  const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]"];
  for (let i = 0; i < 12; i += 1) {
    const before = String.fromCharCode(97 + i);
    bomb.push(`${String.fromCharCode(98 + i)}: &${String.fromCharCode(98 + i)} [${`*${before},`.repeat(9)}]`);
  }

  test.each([
    ["aliases that multiply", bomb.join("\n"), "yaml_aliases"],
    ["flow lists in lists", "[".repeat(100_000), "text_too_deep"],
    ["block lists in lists", "- ".repeat(50_000), "text_too_deep"],
    [
      "indentation that never ends",
      Array.from({ length: 3000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"),
      "text_too_deep",
    ],
    ["too many characters", " ".repeat(9_000_000), "text_too_long"],
    ["a mapping key that is a mapping", "? {a: 1}\n: 2\n".repeat(1000), "yaml"],
  ])("%s are refused", (_name, text, code) => {
    const { mistakes, objects } = readDocuments([file(text)]);
    expect(objects).toEqual([]);
    expect(mistakes.map((mistake) => mistake.code)).toContain(code);
  });

  test("any text gives objects or mistakes, and never an exception", () => {
    const word = fc.constantFrom(
      ...[
        "apiVersion: v1",
        "kind: ConfigMap",
        "kind: Service",
        "metadata:",
        "  name: config",
        "data:",
        "  config: |",
        "spec:",
        "---",
        "    peers:",
      ],
      ...[
        "    - my-asn: 1",
        "  - a",
        "  ports: [{port: x}]",
        "'",
        '"',
        "*a",
        "&a",
        "{",
        "]",
        "!!binary x",
        "\t",
        "? ",
        "<<: *a",
        "__proto__: 1",
        "  namespace: n",
      ],
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 12 })), { maxLength: 30 }), (lines) => {
        const { objects, mistakes } = readDocuments([file(lines.join("\n"))]);
        readConfig(objects);
        for (const mistake of mistakes) expect(mistake.line).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });

  test("any JSON as objects gives a configuration or mistakes", () => {
    const kinds = [
      "IPAddressPool",
      "L2Advertisement",
      "BGPPeer",
      "BGPAdvertisement",
      "Community",
      "BFDProfile",
      "Service",
      "Node",
      "EndpointSlice",
      "Secret",
    ];
    const field = fc.constantFrom(
      "addresses",
      "communities",
      "peers",
      "nodeSelectors",
      "serviceAllocation",
      "serviceSelectors",
      "myASN",
      "holdTime",
      "password",
      "ports",
    );
    const spec = fc.dictionary(field, fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...kinds), spec), { maxLength: 6 }), (drafts) => {
        const documents = drafts.map(([kind, inside], index) =>
          JSON.stringify({
            apiVersion:
              kind === "EndpointSlice"
                ? "discovery.k8s.io/v1"
                : /^(?:Service|Node|Secret)$/.test(kind)
                  ? "v1"
                  : "metallb.io/v1beta1",
            kind,
            metadata: { name: `x${index}` },
            spec: inside,
          }),
        );
        const { objects } = readDocuments([file(documents.join("\n---\n"))]);
        expect(objects).toHaveLength(drafts.length);
        expect(typeof readConfig(objects).ok).toBe("boolean");
      }),
      { numRuns: 100 },
    );
  });
});
