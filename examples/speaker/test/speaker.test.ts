import { parseIp, parseMac } from "@vipkit/net";
import { createWorld, INTERFACE_NAME, type SimHost, type World } from "@vipkit/sim";
import { describe, expect, it } from "vitest";
import type { SpeakerEvent } from "../src/events.js";
import { listFromJson, type LeaseList } from "../src/leases.js";
import { startSpeaker, type Speaker } from "../src/speaker.js";

const POOL = `apiVersion: v1
kind: ConfigMap
metadata: { name: config }
data:
  config: |
    address-pools:
    - { name: lan, protocol: layer2, addresses: [192.0.2.100-192.0.2.110] }
`;

function service(name: string, extra = ""): string {
  return `---
apiVersion: v1
kind: Service
metadata: { namespace: default, name: ${name} }
spec: { type: LoadBalancer, ipFamilies: [IPv4], ports: [{ port: 80 }]${extra} }
`;
}

interface Running {
  readonly host: SimHost;
  readonly speaker: Speaker;
  readonly events: SpeakerEvent[];
  readonly configure: (text: string) => void;
  readonly addresses: () => Record<string, readonly string[]>;
  readonly owners: () => Record<string, string | undefined>;
}

async function start(world: World, number: number, remembered?: LeaseList, host?: SimHost): Promise<Running> {
  const name = `node-${number}`;
  const ip = parseIp(`192.0.2.${number}`);
  const events: SpeakerEvent[] = [];
  const machine =
    host ??
    world.addHost({ name, mac: parseMac(`02:00:00:00:00:0${number}`), addresses: [ip, parseIp(`fe80::${number}`)] });
  const seeds = [1, 2, 3]
    .filter((other) => other !== number)
    .map((other) => ({ ip: parseIp(`192.0.2.${other}`), port: 7946 }));
  const speaker = await startSpeaker({
    host: machine,
    node: name,
    gossip: { bind: { ip, port: 7946 }, seeds, profile: "fast" },
    since: world.now,
    remembered,
    tell: (event) => events.push(event),
    statusChanged: () => undefined,
  });
  speaker.useInterfaces([INTERFACE_NAME]);
  const services = (): { service: string; addresses: readonly string[]; owner: string | null }[] =>
    (speaker.status() as { services: { service: string; addresses: readonly string[]; owner: string | null }[] })
      .services;
  return {
    host: machine,
    speaker,
    events,
    configure: (text) => speaker.configure([{ path: "config.yaml", text }]),
    addresses: () => Object.fromEntries(services().map(({ service: key, addresses }) => [key, addresses])),
    owners: () => Object.fromEntries(services().map(({ service: key, owner }) => [key, owner ?? undefined])),
  };
}

async function cluster(text: string): Promise<{ world: World; speakers: Running[] }> {
  const world = createWorld({ seed: 5, latencyMs: 0.2 });
  const speakers: Running[] = [];
  for (const number of [1, 2, 3]) {
    const running = await start(world, number);
    running.configure(text);
    speakers.push(running);
    await world.advance(50);
  }
  await world.advance(3000);
  return { world, speakers };
}

describe("three speakers without Kubernetes", () => {
  it("agree on addresses and owners, and the eldest allocates", async () => {
    const { speakers } = await cluster(POOL + service("a") + service("b"));
    for (const { addresses, owners } of speakers) {
      expect(addresses()).toEqual({ "default/a": ["192.0.2.100"], "default/b": ["192.0.2.101"] });
      expect(owners()).toEqual(speakers[0]!.owners());
    }
    expect(
      speakers.map(({ events }) => events.some((event) => event.type === "allocator" && event.node === "node-1")),
    ).toEqual([true, true, true]);
  });

  it("keep what is in force when a file has a mistake, and say where it is", async () => {
    const { world, speakers } = await cluster(POOL + service("a"));
    for (const { configure } of speakers) configure(POOL.replace("192.0.2.110", "192.0.2.1") + service("b"));
    await world.advance(1000);
    expect(speakers[0]!.addresses()).toEqual({ "default/a": ["192.0.2.100"] });
    const refusal = speakers[0]!.events.find((event) => event.type === "config" && !event.accepted);
    expect(refusal).toMatchObject({
      mistakes: [{ file: "config.yaml", line: 7, path: expect.stringContaining("addresses") as string }],
    });
  });

  it("hand the list on when the eldest dies, and a newcomer moves nothing", async () => {
    const { world, speakers } = await cluster(POOL + service("a") + service("b"));
    for (const { configure } of speakers) configure(POOL + service("b"));
    await world.advance(500);
    speakers[0]!.host.powerOff();
    await world.advance(5000);
    for (const { configure } of speakers.slice(1)) configure(POOL + service("b") + service("c"));
    await world.advance(1000);
    const held = { "default/b": ["192.0.2.101"], "default/c": ["192.0.2.100"] };
    expect(speakers[1]!.addresses()).toEqual(held);
    expect(speakers[2]!.addresses()).toEqual(held);
  });

  it("tell a newcomer what is held, also when the heir of the eldest has changed nothing", async () => {
    const { world, speakers } = await cluster(POOL + service("a") + service("b"));
    for (const { configure } of speakers) configure(POOL + service("b"));
    await world.advance(500);
    speakers[0]!.host.powerOff();
    await world.advance(5000);
    const newcomer = await start(world, 4);
    newcomer.configure(POOL + service("b"));
    await world.advance(3000);
    expect(newcomer.addresses()).toEqual({ "default/b": ["192.0.2.101"] });
  });

  it("end up with one list after a partition", async () => {
    const { world, speakers } = await cluster(POOL + service("a"));
    world.segment.partition([["node-1"], ["node-2", "node-3"]]);
    await world.advance(5000);
    speakers[0]!.configure(POOL + service("a") + service("left"));
    for (const { configure } of speakers.slice(1)) configure(POOL + service("a") + service("right"));
    await world.advance(1000);
    expect(speakers[0]!.addresses()["default/left"]).toEqual(["192.0.2.101"]);
    expect(speakers[1]!.addresses()["default/right"]).toEqual(["192.0.2.101"]);
    world.segment.heal();
    const all = POOL + service("a") + service("left") + service("right");
    for (const { configure } of speakers) configure(all);
    await world.advance(30_000);
    const [first, ...others] = speakers.map(({ addresses }) => addresses());
    expect(first!["default/a"]).toEqual(["192.0.2.100"]);
    expect([first!["default/left"], first!["default/right"]].flat().sort()).toEqual(["192.0.2.101", "192.0.2.102"]);
    for (const other of others) expect(other).toEqual(first);
  });

  it("take up after a restart what the status file says, and say why a Service gets nothing", async () => {
    const world = createWorld({ seed: 1 });
    const first = await start(world, 1);
    first.configure(POOL + service("b") + service("elsewhere", ", loadBalancerIP: 198.51.100.1"));
    await world.advance(3000);
    expect(first.addresses()).toEqual({ "default/b": ["192.0.2.100"], "default/elsewhere": [] });
    expect(
      first.events.find((event) => event.type === "address" && event.service === "default/elsewhere"),
    ).toMatchObject({
      message: "no pool owns all of these addresses",
    });
    const { leases } = first.speaker.status() as { leases: unknown };
    const stopping = first.speaker.stop("restart");
    await world.advance(3000);
    await stopping;
    const second = await start(world, 1, listFromJson(JSON.parse(JSON.stringify(leases))), first.host);
    second.configure(POOL + service("a") + service("b"));
    await world.advance(3000);
    expect(second.addresses()).toEqual({ "default/a": ["192.0.2.101"], "default/b": ["192.0.2.100"] });
  });
});
