import {
  FSM_EVENT_NAMES,
  FSM_EVENTS,
  FSM_STATE_NAMES,
  FSM_TABLE,
  type FsmBranch,
  type FsmStateName,
} from "../../src/index.js";

interface Arrow {
  readonly from: FsmStateName;
  readonly to: FsmStateName;
  readonly events: number[];
}

function arrows(): Arrow[] {
  const found = new Map<string, Arrow>();
  for (const from of FSM_STATE_NAMES) {
    for (const name of FSM_EVENT_NAMES) {
      for (const { to } of FSM_TABLE[from].on[name] ?? FSM_TABLE[from].otherwise) {
        if (to === from) continue;
        const key = `${from} ${to}`;
        const arrow = found.get(key) ?? { from, to, events: [] };
        found.set(key, arrow);
        if (!arrow.events.includes(FSM_EVENTS[name])) arrow.events.push(FSM_EVENTS[name]);
      }
    }
  }
  return [...found.values()];
}

/** 8-10, 12 */
function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < numbers.length;) {
    let end = at;
    while (numbers[end + 1] === numbers[end]! + 1) end += 1;
    parts.push(end > at + 1 ? `${numbers[at]}-${numbers[end]}` : numbers.slice(at, end + 1).join(", "));
    at = end + 1;
  }
  return parts.join(", ");
}

function entry(name: string, { when, to, does, reason }: FsmBranch): string {
  const guard = when === "always" ? "" : ` (${when})`;
  const acts = does.length === 0 ? "" : `: \`${does.join(", ")}\``;
  return `- \`${name}\`${guard} → ${to}, ${reason}${acts}`;
}

function tableOf(state: FsmStateName): string[] {
  const lines = ["", `## ${state}`, ""];
  for (const name of FSM_EVENT_NAMES) {
    for (const branch of FSM_TABLE[state].on[name] ?? []) lines.push(entry(`${FSM_EVENTS[name]} ${name}`, branch));
  }
  for (const branch of FSM_TABLE[state].otherwise) lines.push(entry("any other", branch));
  return lines;
}

/** The table of the state machine as a page with a diagram. */
export function drawFsm(): string {
  const lines = [
    "# The BGP state machine",
    "",
    "Drawn by `scripts/draw-fsm.mjs` from the table in `packages/bgp/src/machine/fsm/table.ts`. Numbers are those of the events in",
    "RFC 4271 section 8.1; 29 is the send hold timer of RFC 9687. A peer has two of these machines, one that dials and one that",
    "listens; when both have a connection, the OPEN of the second decides which one stays (RFC 4271 section 6.8).",
    "",
    "```mermaid",
    "stateDiagram-v2",
    "  [*] --> Idle",
    ...arrows().map(({ from, to, events }) => `  ${from} --> ${to}: ${ranges(events)}`),
    "```",
    ...FSM_STATE_NAMES.flatMap(tableOf),
    "",
  ];
  return lines.join("\n");
}
