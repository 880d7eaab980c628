import { parsePrefix } from "@vipkit/net";
import type { PeerConfig } from "@vipkit/bgp";
import { startPeer } from "@vipkit/bgp/node";
import { linuxHost } from "@vipkit/link/node";
import { percentile, type BenchContext } from "../report.js";
import { hostRoutes, onStage } from "./senders.js";
import { countRoutesAt } from "./socket.js";

/** A service comes, changes and goes among 10,000: from the call until the bytes are seen at the other end's socket. */
export async function changeOnTheWire({ report }: BenchContext, config: PeerConfig): Promise<void> {
  await onStage(async ({ sender, receiver }) => {
    const counter = await countRoutesAt(linuxHost({ namespace: receiver.namespace }));
    const host = linuxHost({ namespace: sender.namespace });
    const peer = startPeer({ host, config });
    const held = hostRoutes(10_000);
    const full = counter.counted(held.length);
    peer.advertise(held);
    await full;
    const measure = async (name: string, change: (round: number) => void): Promise<void> => {
      let arrived: (() => void) | undefined;
      counter.onRoutes(() => arrived?.());
      const times: number[] = [];
      for (let round = 0; round < 600; round += 1) {
        const seen = new Promise<void>((resolve) => (arrived = resolve));
        const start = performance.now();
        change(round);
        await seen;
        // The first rounds are not compiled yet.
        if (round >= 100) times.push(performance.now() - start);
      }
      arrived = undefined;
      const value = percentile(times, 0.99);
      report({
        bench: "bgp-routes",
        case: `one route changes among 10000, ${name}, seen at the other end, p99`,
        unit: "ms",
        value,
        n: times.length,
      });
    };
    await measure("whole set handed over", (round) => {
      const set = held.slice();
      set[round] = { prefix: held[round]!.prefix, med: round + 1 };
      peer.advertise(set);
    });
    const extra = parsePrefix("10.255.0.1/32");
    await measure("only the change handed over", (round) => peer.announce([{ prefix: extra, med: round }]));
    await peer.stop();
    counter.close();
  });
}
