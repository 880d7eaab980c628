import { spawnSync } from "node:child_process";
import { canonicalIp } from "@vipkit/net";
import { findPython, needs } from "@vipkit/test-support";
import { expect, test } from "vitest";
import { answer as answerArp } from "../../conform/kinds/arp.js";
import { answer as answerNdp } from "../../conform/kinds/ndp.js";

const SEED = process.env.VIPKIT_SEED ?? "20260101";
const COUNT = 3000;

interface Made {
  readonly kind: "arp" | "ndp";
  readonly frame: string;
  readonly eth: object;
  readonly arp?: object;
  readonly src: string;
  readonly dst: string;
  readonly type: number;
  readonly name: string;
  readonly msg: object;
  readonly options: readonly object[];
}

/** Addresses in canonical text, wherever they are. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, canonical(inner)]));
  }
  return typeof value === "string" && /^[0-9a-f:]*:[0-9a-f:]*$/.test(value) && value.split(":").length !== 6
    ? canonicalIp(value)
    : value;
}

function frames(): Made[] {
  const script = new URL("scapy_frames.py", import.meta.url).pathname;
  const { stdout, stderr } = spawnSync(findPython("scapy")!, [script, SEED, String(COUNT)], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  expect(stderr).toBe("");
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Made);
}

needs({ python: ["scapy"] }).describe(`frames that scapy made (seed ${SEED})`, () => {
  test("say to us what scapy put into them", () => {
    const made = frames();
    expect(made).toHaveLength(COUNT);
    for (const { kind, frame, eth, arp, src, dst, type, name, msg, options } of made) {
      const answer = (kind === "arp" ? answerArp : answerNdp)({ frame });
      const expected =
        kind === "arp"
          ? { eth, arp }
          : canonical({ eth, ip: { src, dst, hopLimit: 255 }, type, code: 0, name, msg, options });
      expect(answer, frame).toMatchObject({ valid: true, decode: expected as object });
    }
  });
});
