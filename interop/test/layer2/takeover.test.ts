import { formatMac } from "@vipkit/net";
import { needs, until } from "@vipkit/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLab, type Lab, type LabNode } from "../support/namespace.js";
import { speakOn, watchNeighbours, type BothSpeakers, type NeighbourEvent } from "./speakers.js";

const OLD_MAC = "02:00:00:00:0d:0d";
const VIPS = { IPv4: "192.0.2.10", IPv6: "2001:db8::10" } as const;
const STATES = ["reachable", "stale", "delay", "probe"] as const;
/** net.ipv4.neigh.default.locktime: an entry younger than this does not follow everybody. */
const LOCK_TIME_MS = 1000;

const LIMIT_MS = 5;
const MAX_ROUNDS = 10;

function best(times: readonly number[] = []): number {
  return Math.min(Infinity, ...times);
}

needs({ namespaces: true, commands: ["python3"] }).describe("takeover, seen by a Linux client", () => {
  let lab: Lab;
  let client: LabNode;
  let node: LabNode;
  let speakers: BothSpeakers;
  let events: NeighbourEvent[];
  let closeWatch: () => void;

  beforeEach(async () => {
    lab = createLab();
    client = lab.addNode("client", ["192.0.2.99/24", "2001:db8::99/64"]);
    node = lab.addNode("node", []);
    speakers = await speakOn(node);
    ({ events, close: closeWatch } = await watchNeighbours(client));
  });
  afterEach(async () => {
    speakers.close();
    closeWatch();
    await lab.close();
  });

  const seed = (vip: string, state: string): void => {
    client.run("ip", "neigh", "replace", vip, "lladdr", OLD_MAC, "nud", state, "dev", "eth0");
  };
  const entry = (vip: string): string => client.run("ip", "neigh", "show", vip, "dev", "eth0");
  /** Takes the address over and returns how long it took until the client's kernel said so, in milliseconds. */
  const takeOver = async (vip: string): Promise<number> => {
    const mac = formatMac(speakers.link.mac);
    events.length = 0;
    const start = process.hrtime.bigint();
    speakers.own(vip);
    const moved = await until(() => events.find((event) => event.ip === vip && event.mac === mac), {
      what: `the client's entry for ${vip}`,
      timeoutMs: 3000,
      everyMs: 5,
    });
    speakers.own();
    return (moved.t - Number(start)) / 1e6;
  };

  for (const family of ["IPv4", "IPv6"] as const) {
    test(`the first ${family} frame moves entries of every state and age in under 5 ms`, async () => {
      const vip = VIPS[family];
      const took: Record<string, number[]> = {};
      for (const state of STATES) {
        for (const age of ["young", "old"]) {
          // The machine may be busy with something else: the best of several counts.
          for (let round = 0; round < MAX_ROUNDS && !(best(took[`${state} ${age}`]) < LIMIT_MS); round += 1) {
            seed(vip, state);
            const seeded = performance.now();
            await until(() => age === "young" || performance.now() - seeded > LOCK_TIME_MS + 100);
            (took[`${state} ${age}`] ??= []).push(await takeOver(vip));
          }
        }
      }
      for (const [what, times] of Object.entries(took)) expect(best(times), what).toBeLessThan(LIMIT_MS);
      console.log(`${family}: ${JSON.stringify(took)}`);
    }, 60_000);

    test(`a permanent ${family} entry stays`, async () => {
      const vip = VIPS[family];
      seed(vip, "permanent");
      speakers.own(vip);
      // A question that the speaker answers comes after the announcements: they have been looked at by then.
      const other = family === "IPv4" ? "192.0.2.11" : "2001:db8::11";
      speakers.own(vip, other);
      client.run("ping", "-c", "1", "-W", "1", "-q", "-n", "192.0.2.99");
      await until(() => entry(vip).includes("PERMANENT"));
      expect(entry(vip)).toContain(OLD_MAC);
    });
  }
});
