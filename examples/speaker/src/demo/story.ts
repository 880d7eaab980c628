import pc from "picocolors";
import type { SpeakerEvent } from "../events.js";
import { NODES, ROUTED_COUNT, ROUTED_FILE, SERVICE_COUNT } from "./cluster.js";
import type { Narrator } from "./narrator.js";
import type { ProbeReport, RouterRoute, Stage } from "./stage.js";

/** What a run of the story has shown. */
export interface Outcome {
  readonly outagesMs: readonly number[];
}

/** Three programs start at once; on a slow machine each takes seconds. */
const START_LIMIT_MS = 30_000;
const CHANGE_LIMIT_MS = 10_000;
/** How long the client talks before and after the death of the owner. */
const BEFORE_MS = 500;
const AFTER_MS = 500;

interface Seen {
  /** Addresses by service, as the allocating speaker told. */
  readonly addresses: Map<string, readonly string[]>;
  /** Owner by layer 2 address, as the owner itself told. */
  readonly owners: Map<string, string>;
}

/** Plays the main job from the first file to the last route, and tells what is seen. With `keep` it stops before the end. */
export async function play(stage: Stage, narrator: Narrator, { keep }: { readonly keep: boolean }): Promise<Outcome> {
  const seen: Seen = { addresses: new Map(), owners: new Map() };
  narrator.chapter("Three speakers read their configuration, find each other, allocate and elect");
  await stage.start((node, event) => watch(narrator, seen, node, event));
  await stage.until("all services have addresses", () => seen.addresses.size >= SERVICE_COUNT, START_LIMIT_MS);
  await stage.until(
    "every layer 2 address has an owner",
    () => layer2Addresses(seen).every((ip) => seen.owners.has(ip)),
    START_LIMIT_MS,
  );
  await stage.serve([...new Set([...seen.addresses.values()].flat())]);

  narrator.chapter("The client asks the network who has the addresses");
  for (const address of layer2Addresses(seen)) await askFor(stage, narrator, address);

  narrator.chapter("The router hears of the routed addresses by BGP");
  await expectRoutes(stage, narrator, ROUTED_COUNT, NODES.length);

  narrator.chapter("The owner dies: its programs are killed and its cable is pulled");
  const outagesMs = await killOwner(stage, narrator, seen);
  await expectRoutes(stage, narrator, ROUTED_COUNT, NODES.length - 1);
  if (keep) return { outagesMs };

  narrator.chapter("The routed services are deleted, then the speakers are stopped");
  await stage.writeFile(ROUTED_FILE, undefined);
  await expectRoutes(stage, narrator, 0, 0);
  await stage.stopSpeakers();
  return { outagesMs };
}

function layer2Addresses({ addresses }: Seen): string[] {
  const all = [...addresses].filter(([service]) => !service.startsWith("default/api")).flatMap(([, ips]) => ips);
  return [...new Set(all)];
}

/** Keeps what the speakers say and tells the part of it that a person wants to see once. */
function watch(narrator: Narrator, seen: Seen, node: string, event: SpeakerEvent): void {
  const who = pc.cyan(node);
  if (event.type === "started") {
    narrator.tell({ event: "started", text: `${who} started`, facts: { node } });
  } else if (event.type === "config" && !event.accepted) {
    narrator.tell({
      event: "config",
      text: `${who} refused its configuration`,
      facts: { node, mistakes: event.mistakes },
    });
  } else if (event.type === "allocator" && event.node === node) {
    narrator.tell({ event: "allocator", text: `${who} allocates for all: it runs longest`, facts: { node } });
  } else if (event.type === "address" && event.reason !== "told_by_allocator") {
    if (event.addresses.length > 0) seen.addresses.set(event.service, event.addresses);
    narrator.tell({ event: "address", text: `${who} ${allocated(event)}`, facts: { node, ...event, type: undefined } });
  } else if (event.type === "owner") {
    if (!event.mine) {
      if (seen.owners.get(event.address) === node) seen.owners.delete(event.address);
      return;
    }
    seen.owners.set(event.address, node);
    narrator.tell({
      event: "owner",
      text: `${who} is elected to announce ${pc.green(event.address)} (${event.reason})`,
      facts: { node, address: event.address, reason: event.reason },
    });
  } else if (event.type === "peer" || event.type === "problem" || isLossOfOther(node, event)) {
    narrator.tell({ event: event.type, text: `${who} ${sentence(event)}`, facts: { node, ...event } });
  }
}

function allocated({ service, addresses, pool, message }: Extract<SpeakerEvent, { type: "address" }>): string {
  if (addresses.length > 0) return `gives ${pc.green(addresses.join(", "))} to ${service}, from pool ${pool ?? "?"}`;
  return message === undefined
    ? `takes the address of ${service} back`
    : pc.yellow(`has no address for ${service}: ${message}`);
}

function isLossOfOther(node: string, event: SpeakerEvent): event is Extract<SpeakerEvent, { type: "member" }> {
  return event.type === "member" && event.change === "leave" && event.member !== node;
}

function sentence(event: Extract<SpeakerEvent, { type: "peer" | "problem" | "member" }>): string {
  if (event.type === "peer") return `BGP session with ${event.peer}: ${event.state} (${event.reason})`;
  if (event.type === "member") return `notices that ${event.member} is gone`;
  return pc.red(`${event.what}: ${event.message}`);
}

async function askFor(stage: Stage, narrator: Narrator, address: string): Promise<void> {
  const mac = await stage.ask(address);
  const node = stage.nodeOf(mac) ?? "nobody that is known";
  const protocol = address.includes(":") ? "NDP" : "ARP";
  narrator.tell({
    event: "answer",
    text: `client: ${protocol} who has ${pc.green(address)}? ${pc.bold(mac)}, that is ${pc.cyan(node)}`,
    facts: { protocol, address, mac, node },
  });
}

async function expectRoutes(stage: Stage, narrator: Narrator, count: number, nextHops: number): Promise<void> {
  let routes: readonly RouterRoute[] = [];
  const fits = async (): Promise<boolean> => {
    routes = await stage.routes();
    return routes.length === count && routes.every((route) => route.nextHops.length === nextHops);
  };
  await stage.until(`the router has ${count} routes over ${nextHops} nodes`, fits, CHANGE_LIMIT_MS);
  for (const route of routes) {
    const hops = route.nextHops.join(", ");
    narrator.tell({ event: "route", text: `router: ${pc.green(route.prefix)} via ${hops}`, facts: { ...route } });
  }
  if (count === 0) narrator.tell({ event: "routes", text: "router: the routes are withdrawn", facts: { count } });
}

async function killOwner(stage: Stage, narrator: Narrator, seen: Seen): Promise<number[]> {
  const [address] = seen.addresses.get("default/web") ?? [];
  const owner = address === undefined ? undefined : seen.owners.get(address);
  if (address === undefined || owner === undefined) throw new Error("default/web has no owner to kill");
  const moving = layer2Addresses(seen).filter((ip) => seen.owners.get(ip) === owner);
  const probes = moving.map((ip) => ({ ip, stop: stage.probe(ip) }));
  await stage.pause(BEFORE_MS);
  narrator.tell({
    event: "kill",
    text: pc.red(`${owner} is killed; it announced ${moving.join(", ")}`),
    facts: { node: owner, addresses: moving },
  });
  await stage.kill(owner);
  await stage.until(
    "the addresses have moved",
    () => moving.every((ip) => seen.owners.get(ip) !== owner),
    CHANGE_LIMIT_MS,
  );
  await stage.pause(AFTER_MS);
  const outagesMs: number[] = [];
  for (const { ip, stop } of probes) {
    const report = await stop();
    outagesMs.push(report.outageMs);
    tellOutage(narrator, ip, report);
    await askFor(stage, narrator, ip);
  }
  return outagesMs;
}

function tellOutage(narrator: Narrator, address: string, report: ProbeReport): void {
  const { sent, answered, outageMs } = report;
  narrator.tell({
    event: "outage",
    text: `client: ${pc.green(address)} was out of reach for ${pc.bold(`${outageMs} ms`)} (${answered} of ${sent} questions answered)`,
    facts: { address, outageMs, sent, answered },
  });
}
