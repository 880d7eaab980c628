import { formatMistake } from "@vipkit/k8s-adapter";
import pc from "picocolors";
import type { SpeakerEvent } from "./events.js";

/** One event as a line for people. */
export function describe(event: SpeakerEvent): string {
  switch (event.type) {
    case "started":
      return `speaker ${pc.bold(event.node)} started, gossip ${event.gossip}`;
    case "config": {
      const lines = event.mistakes.map((mistake) => `\n  ${formatMistake(mistake)}`).join("");
      return event.accepted
        ? `configuration accepted${lines}`
        : pc.red(`configuration refused, the last good one stays in force${lines}`);
    }
    case "member":
      return `member ${pc.bold(event.member)} (${event.address}): ${event.change}`;
    case "allocator":
      return `${pc.bold(event.node)} allocates for all`;
    case "address":
      return event.addresses.length > 0
        ? `${event.service} has ${pc.green(event.addresses.join(" and "))}${event.pool === undefined ? "" : ` from pool ${event.pool}`} (${event.reason})`
        : pc.yellow(
            `${event.service} has no address (${event.reason})${event.message === undefined ? "" : `: ${event.message}`}`,
          );
    case "owner":
      if (event.owner === undefined) return pc.yellow(`${event.address}: nobody announces (${event.reason})`);
      return `${event.address}: ${event.mine ? pc.green("announced here") : `announced by ${event.owner}`} (${event.reason})`;
    case "peer":
      return `BGP peer ${pc.bold(event.peer)} ${event.state}: ${event.reason}`;
    case "bfd":
      return `BFD with ${pc.bold(event.peer)} ${event.state}: ${event.reason}`;
    case "routes":
      return `BGP peer ${pc.bold(event.peer)}:${listed(" advertised", event.advertised)}${listed(" withdrawn", event.withdrawn)}`;
    case "link":
      return `interface ${event.interface} is ${event.up ? "up" : "down"} (${event.reason})`;
    case "conflict":
      return pc.red(`${event.address} is claimed by ${event.with} on ${event.interface}`);
    case "problem":
      return pc.red(`${event.what}: ${event.message}`);
    case "stopped":
      return `stopped: ${event.reason}`;
  }
}

const SHOWN = 8;

function listed(word: string, prefixes: readonly string[]): string {
  if (prefixes.length === 0) return "";
  const more = prefixes.length > SHOWN ? ` and ${prefixes.length - SHOWN} more` : "";
  return `${word} ${prefixes.slice(0, SHOWN).join(", ")}${more}`;
}
