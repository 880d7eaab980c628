import type { Millis } from "@vipkit/net";
import type { BfdStateName } from "../wire/packet.js";
import type { DampingConfig } from "./config.js";
import type { BfdEvent } from "./machine.js";
import type { BfdState } from "./state.js";

/** How long a session must be up before it is told, after so many failures in a row. The first failure is free. */
function holdDownMs({ firstMs, maxMs }: DampingConfig, flaps: number): Millis {
  return flaps <= 1 ? 0 : Math.min(firstMs * 2 ** Math.min(flaps - 2, 30), maxMs);
}

/**
 * Decides what is told of a change: "down" always and at once, "up" at once or, when the session keeps failing, only after
 * it has lasted. A routing protocol is thus not dragged up and down with a flapping path.
 */
export function damped(
  state: BfdState,
  config: DampingConfig,
  from: BfdStateName,
  to: BfdStateName,
  now: Millis,
  tell: (event: BfdEvent) => void,
  reason: string,
): BfdState {
  if (to === "Up") {
    const wait = holdDownMs(config, state.flaps);
    if (wait > 0) return { ...state, upSince: now, tellUpAt: now + wait };
    tell({ type: "up" });
    return { ...state, upSince: now, toldUp: true };
  }
  if (from !== "Up") return state;
  const lasted = now - state.upSince;
  const flaps = to === "AdminDown" ? 0 : lasted >= config.stableMs ? 1 : state.flaps + 1;
  if (state.toldUp) tell({ type: "down", reason, diagnostic: state.diagnostic });
  return { ...state, flaps, toldUp: false, tellUpAt: Infinity };
}
