import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";

describe("conform", () => {
  test("a kind that does not exist is refused, and the kinds are listed", () => {
    const args = ["--import", "tsx", "--conditions=vipkit:source", "conform/main.ts", "no-such-kind"];
    const { status, stderr } = spawnSync(process.execPath, args, {
      encoding: "utf8",
      cwd: new URL("..", import.meta.url),
    });
    expect(status).toBe(2);
    expect(stderr).toContain("kinds:");
  });
});
