import { Command } from "commander";
import pc from "picocolors";
import { createNamespaceStage, whyNotReal } from "./namespaces/stage.js";
import { createNarrator } from "./narrator.js";
import { createSimStage } from "./simulated/stage.js";
import type { Stage } from "./stage.js";
import { play } from "./story.js";

interface Flags {
  readonly json?: boolean;
  readonly keep?: boolean;
  readonly sim?: boolean;
  readonly seed: string;
}

async function main(flags: Flags): Promise<number> {
  const reason = flags.sim === true ? "--sim was given" : whyNotReal();
  const stage: Stage = reason === undefined ? createNamespaceStage() : createSimStage(Number(flags.seed));
  const json = flags.json === true;
  const narrator = createNarrator(
    json,
    () => stage.now(),
    (line) => process.stdout.write(`${line}\n`),
  );
  const interrupted = new Promise<"interrupted">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve("interrupted"));
  });
  if (!json) process.stdout.write(introduction(reason));

  const story = play(stage, narrator, { keep: flags.keep === true }).catch((error: unknown) => error as Error);
  const end = await Promise.race([story, interrupted]);
  if (flags.keep === true && end !== "interrupted" && !(end instanceof Error)) {
    narrator.tell({
      event: "kept",
      text: `left running, Ctrl-C removes it. ${stage.visit}`,
      facts: { visit: stage.visit },
    });
    await interrupted;
  }
  await stage.close();
  if (end === "interrupted") return 130;
  if (end instanceof Error) {
    narrator.tell({ event: "failed", text: pc.red(end.message), facts: { message: end.message } });
  }
  const ok = !(end instanceof Error);
  const outagesMs = end instanceof Error ? [] : end.outagesMs;
  const summary = [
    ...stage.real.map((what) => `real:      ${what}`),
    ...stage.simulated.map((what) => `simulated: ${what}`),
  ].join("\n           ");
  narrator.tell({
    event: "summary",
    text: `${ok ? pc.green("done") : pc.red("failed")}, longest outage ${Math.max(0, ...outagesMs)} ms\n           ${summary}`,
    facts: { real: stage.real, simulated: stage.simulated, outagesMs, ok },
  });
  return ok ? 0 : 1;
}

function introduction(reason: string | undefined): string {
  const where =
    reason === undefined
      ? "in network namespaces of this machine, with real frames"
      : `in the simulator, under virtual time (${reason})`;
  return `${pc.bold("vipkit")}: three speakers, a client and a router, ${where}\n`;
}

const program = new Command("demo")
  .description("Plays the main job of vipkit from configuration to failover and ends by itself.")
  .option("--json", "tell the story as JSON Lines")
  .option("--keep", "leave everything running at the end, until Ctrl-C")
  .option("--sim", "play in the simulator even where network namespaces can be had")
  .option("--seed <number>", "seed of the simulator", "1")
  .action(async (flags: Flags) => {
    process.exitCode = await main(flags);
  });

await program.parseAsync();
