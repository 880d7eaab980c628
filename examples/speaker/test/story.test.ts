import { describe, expect, it } from "vitest";
import { createNarrator } from "../src/demo/narrator.js";
import { createSimStage } from "../src/demo/simulated/stage.js";
import { play, type Outcome } from "../src/demo/story.js";

async function run(seed: number): Promise<{ outcome: Outcome; events: Record<string, unknown>[] }> {
  const stage = createSimStage(seed);
  const lines: string[] = [];
  const narrator = createNarrator(
    true,
    () => stage.now(),
    (line) => lines.push(line),
  );
  const outcome = await play(stage, narrator, { keep: false });
  return { outcome, events: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe("the demonstration in the simulator", () => {
  it("shows every part of the main job, in virtual milliseconds that are the same for the same seed", async () => {
    const { outcome, events } = await run(1);
    const kinds = new Set(events.map(({ event }) => event));
    for (const kind of [
      "started",
      "allocator",
      "address",
      "owner",
      "answer",
      "peer",
      "route",
      "kill",
      "outage",
      "routes",
    ]) {
      expect(kinds).toContain(kind);
    }
    expect(outcome.outagesMs.length).toBeGreaterThan(0);
    expect(Math.max(...outcome.outagesMs)).toBeLessThan(1000);
    expect((await run(1)).events).toEqual(events);
  });

  it("shows that the address is answered for by another node after the owner's death", async () => {
    const { events } = await run(2);
    const killed = events.find(({ event }) => event === "kill")!;
    const answers = events.filter(({ event, address }) => event === "answer" && address === "192.0.2.100");
    expect(answers.map(({ node }) => node)).toEqual([killed.node, expect.not.stringMatching(String(killed.node))]);
  });
});
