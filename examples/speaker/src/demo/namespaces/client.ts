/**
 * The client of the demonstration, in its own namespace. Each line of standard input is a command, each line of standard
 * output an answer: `ask ADDRESS`, `probe ADDRESS`, `report ADDRESS`.
 */
import { createSocket } from "node:dgram";
import { createInterface } from "node:readline";
import { linuxHost } from "@vipkit/link/node";
import { parseIpv4, parseIpv6 } from "@vipkit/net";
import { ask, type Asker } from "../ask.js";
import { CLIENT } from "../cluster.js";
import { createProbe, ECHO_PORT, PROBE_INTERVAL_MS, type Probe } from "../probe.js";

const host = linuxHost();
const asker: Asker = {
  link: await host.openLink("eth0"),
  clock: host.clock,
  ipv4: parseIpv4(CLIENT.ipv4),
  ipv6: parseIpv6(CLIENT.ipv6),
};
const probes = new Map<string, { readonly probe: Probe; stop(): void }>();

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Questions by UDP through the kernel, which resolves the address and remembers the MAC as any client does. */
function startProbe(address: string): void {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  const probe = createProbe();
  socket.on("message", (bytes) => probe.answered(bytes.readUInt32BE(0)));
  socket.on("error", () => undefined);
  socket.bind(() => {
    const timer = setInterval(() => {
      const question = Buffer.alloc(4);
      question.writeUInt32BE(probe.asked(performance.now()));
      socket.send(question, ECHO_PORT, address, () => undefined);
    }, PROBE_INTERVAL_MS);
    probes.set(address, {
      probe,
      stop: () => {
        clearInterval(timer);
        socket.close();
      },
    });
  });
}

async function obey(line: string): Promise<void> {
  const [word, address = ""] = line.split(" ");
  if (word === "ask") {
    answer(
      await ask(asker, address).then(
        (mac) => ({ ask: address, mac }),
        (error: unknown) => ({ ask: address, error: String(error) }),
      ),
    );
  } else if (word === "probe") startProbe(address);
  else if (word === "report") {
    const running = probes.get(address);
    running?.stop();
    answer({ report: address, ...running?.probe.report() });
  }
}

answer({ ready: true });
for await (const line of createInterface({ input: process.stdin })) void obey(line);
process.exit(0);
