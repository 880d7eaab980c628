import { parseIp } from "@vipkit/net";
import { describe, expect, it } from "vitest";
import { clientInterfaces } from "../src/node/interfaces.js";
import { parseEndpoint } from "../src/node/run.js";

describe("an endpoint on the command line", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1", 7946],
    ["192.0.2.1:80", "192.0.2.1", 80],
    ["2001:db8::1", "2001:db8::1", 7946],
    ["[2001:db8::1]", "2001:db8::1", 7946],
    ["[2001:db8::1]:80", "2001:db8::1", 80],
  ])("%s", (text, address, port) => {
    expect(parseEndpoint(text, 7946)).toEqual({ ip: parseIp(address), port });
  });

  it.each([
    ["192.0.2.1:65536", "ERR_PORT"],
    ["node-a", "ERR_IPV4"],
    ["192.0.2.1:", "ERR_IPV6"],
    ["[2001:db8::1", "ERR_IPV6"],
  ])("%s is refused", (text, code) => {
    expect(() => parseEndpoint(text, 7946)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe("interfaces with clients behind them", () => {
  const ethernet = (...names: string[]): { name: string; ethernet: boolean; master: number }[] =>
    names.map((name) => ({ name, ethernet: true, master: 0 }));

  it("are those that are no part of a container network", () => {
    const found = [
      ...ethernet("eth0", "docker0", "veth1a2b", "bond0", "cali123"),
      { name: "lo", ethernet: false, master: 0 },
      { name: "eth1", ethernet: true, master: 3 },
    ];
    expect(clientInterfaces(found)).toEqual(["bond0", "eth0"]);
  });

  it("are the others where there is nothing else", () => {
    expect(clientInterfaces(ethernet("veth1", "veth0"))).toEqual(["veth0", "veth1"]);
    expect(clientInterfaces([])).toEqual([]);
  });
});
