#!/usr/bin/env node
import { isVipkitError } from "@vipkit/net";
import { Command, Option } from "commander";
import { check } from "./node/check.js";
import { PROFILES, run, type RunFlags } from "./node/run.js";

const collect = (value: string, before: string[]): string[] => [...before, value];

const program = new Command("vipkit-speaker")
  .description("A bare-metal load balancer: allocates addresses to Services and announces them by ARP, NDP and BGP.")
  .showHelpAfterError();

program
  .command("run")
  .description("run a speaker until it is interrupted")
  .requiredOption(
    "--config <path>",
    "YAML file, or folder of them: pools, advertisements, peers, Services, Nodes, EndpointSlices",
  )
  .option("--node-name <name>", "name of this node (default: the host name)")
  .option("--interface <name>", "answer ARP and NDP here; repeatable (default: all that may have clients)", collect, [])
  .option(
    "--gossip <address[:port]>",
    "find other speakers: own address to gossip from (default: that of this node's Node object; without one: off)",
  )
  .option(
    "--join <address[:port]>",
    "another speaker; repeatable (default: the addresses of the Node objects)",
    collect,
    [],
  )
  .addOption(new Option("--profile <name>", "how quickly a dead node is noticed").choices(PROFILES).default("lan"))
  .option("--router-id <address>", "BGP identifier where a peer names none (default: the IPv4 address of --gossip)")
  .option("--status-file <path>", "keep a JSON snapshot here, and take the held addresses from it at the start")
  .option(
    "--realtime",
    "run when timers are due on a busy machine too: for BFD in tenths of a second (needs CAP_SYS_NICE)",
  )
  .option("--json", "log as JSON Lines")
  .action(async (flags: RunFlags) => {
    process.exitCode = await run(flags);
  });

program
  .command("check")
  .description("read the configuration and print every mistake in it")
  .requiredOption("--config <path>", "YAML file, or folder of them")
  .option("--json", "print one JSON object")
  .action(async (flags: { config: string; json?: boolean }) => {
    process.exitCode = await check(flags.config, flags.json === true);
  });

try {
  await program.parseAsync();
} catch (error) {
  const code = isVipkitError(error) ? ` (${error.code})` : "";
  process.stderr.write(`vipkit-speaker: ${error instanceof Error ? error.message : String(error)}${code}\n`);
  process.exitCode = 1;
}
