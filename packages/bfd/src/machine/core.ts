import type { BfdSettings } from "./config.js";
import type { BfdCounters, BfdEffect, BfdEvent } from "./effects.js";
import type { BfdState } from "./state.js";

/** The session's own copy: changed in place, for copying some thirty fields costs more than all the rest of a packet. */
type OwnState = { -readonly [Field in keyof BfdState]: BfdState[Field] };

/** A session while it handles an input: its state, and the effects so far. */
export interface Core {
  readonly settings: BfdSettings;
  readonly state: OwnState;
  readonly counters: BfdCounters;
  effects: BfdEffect[];
  lastDiscard: string | undefined;
}

export function tell(core: Core, event: BfdEvent): void {
  core.effects.push({ type: "event", event });
}

export function discard(core: Core, code: string, reason: string): void {
  core.counters.discarded += 1;
  core.lastDiscard = reason;
  tell(core, { type: "discarded", code, reason });
}
