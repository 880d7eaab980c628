/**
 * The program under test: `respond.ts NAMESPACE INTERFACE ADDRESSES_FILE`. Prints "ready", its counters as a line of JSON for
 * every line on standard input, and ends with it.
 */
import { readFileSync } from "node:fs";
import { startArp } from "@vipkit/arp/node";
import { linuxHost, openLink } from "@vipkit/link/node";
import { parseIpv4 } from "@vipkit/net";

const [namespace, name, file] = process.argv.slice(2) as [string, string, string];
const host = linuxHost();
const link = await openLink(name, { namespace });
const speaker = startArp({ link, clock: host.clock, random: () => host.random() });
speaker.own(readFileSync(file, "utf8").trim().split("\n").map(parseIpv4));

process.stdin.on("data", () => {
  const { user, system } = process.cpuUsage();
  process.stdout.write(`${JSON.stringify({ ...link.counters(), cpuMs: (user + system) / 1000 })}\n`);
});
process.stdin.on("end", () => {
  speaker.close();
  link.close();
});
// The filter is attached at the end of this turn.
setImmediate(() => process.stdout.write("ready\n"));
