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
const addresses = readFileSync(file, "utf8").trim().split("\n").map(parseIpv4);
// Once for each address, and that is over when somebody asks: what is measured is answering.
const announce = { count: 1, refreshMs: Infinity };
const speaker = startArp({ link, clock: host.clock, random: () => host.random(), announce });
let unannounced = addresses.length;
speaker.onEvent(({ type }) => {
  if (type !== "announced") return;
  unannounced -= 1;
  if (unannounced === 0) setImmediate(() => process.stdout.write("ready\n"));
});
speaker.own(addresses);

process.stdin.on("data", () => {
  const { user, system } = process.cpuUsage();
  process.stdout.write(`${JSON.stringify({ ...link.counters(), cpuMs: (user + system) / 1000 })}\n`);
});
process.stdin.on("end", () => {
  speaker.close();
  link.close();
});
