import { fileURLToPath } from "node:url";
import { until } from "@vipkit/test-support";
import { expect } from "vitest";
import type { Daemon } from "../support/daemon.js";
import type { Program } from "../support/namespace.js";
import type { Feature } from "./features.js";
import { established, knows, LIMIT, type Stage } from "./stage.js";
import { OUR_IPV4, THEIR_IPV4 } from "./table.js";

const SPEAK = fileURLToPath(new URL("speak.ts", import.meta.url));

/** LLGR_STALE (RFC 9494 section 4.4) */
const LLGR_STALE = "65535:6";

/** Our speaker as a process of its own. */
function speak({ table }: Stage, more: object): Program {
  const words = { local: OUR_IPV4, remote: THEIR_IPV4, routes: ["10.1.0.1/32"], more };
  return table.us.start(process.execPath, [
    "--import",
    "tsx",
    "--conditions=vipkit:source",
    SPEAK,
    JSON.stringify(words),
  ]);
}

async function killed(program: Program, daemon: Daemon): Promise<void> {
  await knows(daemon, "ipv4", "10.1.0.1/32");
  // The router must have our End-of-RIB as well, or there is nothing to preserve.
  await until(() => program.output().includes("Established"), LIMIT);
  program.signal("SIGKILL");
  await until(() => !program.running, LIMIT);
  await until(async () => (await daemon.state(OUR_IPV4)) !== "established", LIMIT);
}

/** What is left when our process dies. */
export const RESTART_FEATURES: readonly Feature[] = [
  {
    name: "graceful-restart",
    title: "killed, the route stays, and the next process refreshes it (RFC 4724)",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive", gracefulRestart: true });
      const more = { gracefulRestart: { restartSeconds: 60 } };
      await killed(speak(stage, more), daemon);
      const kept = (await daemon.routes("ipv4")).get("10.1.0.1/32");
      expect(kept).toBeDefined();
      if (stage.kind.showsStale) expect(kept?.stale).toBe(true);
      const second = speak(stage, more);
      await until(async () => (await daemon.state(OUR_IPV4)) === "established", LIMIT);
      await until(async () => (await daemon.routes("ipv4")).get("10.1.0.1/32")?.stale === false, LIMIT);
      await second.stop();
    },
  },
  {
    name: "no-restart",
    title: "killed without graceful restart, the route goes at once",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive", gracefulRestart: true });
      await killed(speak(stage, {}), daemon);
      await until(async () => !(await daemon.routes("ipv4")).has("10.1.0.1/32"), { timeoutMs: 2000 });
    },
  },
  {
    name: "long-lived",
    title: "long-lived graceful restart: kept as last choice when the restart time is over (RFC 9494)",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive", gracefulRestart: true, longLived: true });
      await killed(speak(stage, { gracefulRestart: { restartSeconds: 1, longLivedSeconds: 60 } }), daemon);
      const marked = async (): Promise<boolean> =>
        (await daemon.routes("ipv4")).get("10.1.0.1/32")?.communities.includes(LLGR_STALE) === true;
      await until(marked, { ...LIMIT, what: "LLGR_STALE" });
    },
  },
  {
    name: "long-lived-seen",
    title: "the long-lived graceful restart capability, as the daemon shows it",
    run: async (stage) => {
      const daemon = await stage.seat({ mode: "passive", gracefulRestart: true, longLived: true });
      const peer = stage.start({ gracefulRestart: { longLivedSeconds: 4321 } });
      await established(peer, daemon);
      expect(await daemon.describe(OUR_IPV4)).toMatch(/long.lived.graceful.restart/i);
    },
  },
];
