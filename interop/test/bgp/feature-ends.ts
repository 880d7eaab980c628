import { until } from "@vipkit/test-support";
import { expect } from "vitest";
import type { Feature } from "./features.js";
import { established, forgets, knows, LIMIT } from "./stage.js";
import { OUR_IPV4, route } from "./table.js";

/** How sessions end. */
export const END_FEATURES: readonly Feature[] = [
  {
    name: "hold-theirs",
    title: "a daemon that is paused is missed after the hold time",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive", holdTimeSeconds: 3 });
      const peer = stage.start({ holdTimeSeconds: 3 });
      await established(peer, daemon);
      expect(peer.snapshot().session?.holdTimeSeconds).toBe(3);
      const before = performance.now();
      for (const pid of daemon.pids) process.kill(pid, "SIGSTOP");
      try {
        await until(() => peer.snapshot().lastNotification?.code === 4, LIMIT);
        expect(performance.now() - before).toBeLessThan(3500);
      } finally {
        for (const pid of daemon.pids) process.kill(pid, "SIGCONT");
      }
      await established(peer, daemon);
    },
  },
  {
    name: "hold-both",
    title: "a cable that is pulled: both sides miss the other after the hold time",
    run: async (stage) => {
      const { lab, us } = stage.table;
      const daemon = await stage.seat({ mode: "passive", holdTimeSeconds: 3 });
      const peer = stage.start({ holdTimeSeconds: 3 });
      peer.advertise([route("10.1.0.1/32")]);
      await established(peer, daemon);
      await knows(daemon, "ipv4", "10.1.0.1/32");
      const before = performance.now();
      lab.setLink(us, false);
      const ours = until(() => peer.snapshot().lastNotification?.code === 4, LIMIT).then(() => performance.now());
      const theirs = forgets(daemon, "ipv4", "10.1.0.1/32").then(() => performance.now());
      const [ourEnd, theirEnd] = await Promise.all([ours, theirs]);
      expect(ourEnd - before).toBeLessThan(3500);
      expect(theirEnd - before).toBeLessThan(4000);
      expect(peer.snapshot().lastError).toContain("hold time");
      lab.setLink(us, true);
      await established(peer, daemon);
      await knows(daemon, "ipv4", "10.1.0.1/32");
    },
  },
  {
    name: "cease-text-out",
    title: "Cease with our text, as the daemon shows or logs it (RFC 9003)",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive" });
      const peer = stage.start();
      peer.advertise([route("10.1.0.1/32")]);
      await established(peer, daemon);
      await knows(daemon, "ipv4", "10.1.0.1/32");
      await peer.stop("maintenance at noon");
      await forgets(daemon, "ipv4", "10.1.0.1/32");
      const said = async (): Promise<boolean> =>
        `${await daemon.describe(OUR_IPV4)}${daemon.log()}`.includes("maintenance at noon");
      await until(said, { timeoutMs: 5000, what: "our words" });
    },
  },
  {
    name: "cease-text-in",
    title: "Cease with the daemon's text, as we show it",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive" });
      const peer = stage.start();
      await established(peer, daemon);
      const text = await daemon.shutDown(OUR_IPV4, "their own words");
      await until(() => peer.snapshot().lastNotification !== undefined, LIMIT);
      expect(peer.snapshot().lastNotification).toMatchObject({
        direction: "received",
        code: 6,
        subcode: 2,
        name: "Cease: Administrative Shutdown",
        text,
      });
      expect(peer.snapshot().lastError).toContain(text);
    },
  },
  {
    name: "drain",
    title: "drain loses the route in under 100 ms, although a restart would keep it",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive", gracefulRestart: true });
      const peer = stage.start({ gracefulRestart: { restartSeconds: 60 } });
      peer.advertise([route("10.1.0.1/32")]);
      await established(peer, daemon);
      await knows(daemon, "ipv4", "10.1.0.1/32");
      const asked = performance.now();
      await daemon.routes("ipv4");
      const question = performance.now() - asked;
      const before = performance.now();
      await peer.drain({ text: "node is drained" });
      await forgets(daemon, "ipv4", "10.1.0.1/32");
      const took = performance.now() - before;
      // Asking takes a process: one question may still meet the route, the next one sees that it is gone.
      expect(took - 2 * question).toBeLessThan(100);
    },
  },
  {
    name: "drain-wait",
    title: "drain with a wait: the graceful shutdown community first (RFC 8326)",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive" });
      const peer = stage.start();
      peer.advertise([route("10.1.0.1/32")]);
      await established(peer, daemon);
      await knows(daemon, "ipv4", "10.1.0.1/32");
      const drained = peer.drain({ waitMs: 1000, text: "bye" });
      await until(async () => (await daemon.routes("ipv4")).get("10.1.0.1/32")?.communities.includes("65535:0"), LIMIT);
      await drained;
      await forgets(daemon, "ipv4", "10.1.0.1/32");
    },
  },
];
