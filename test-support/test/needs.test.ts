import { describe, expect, test } from "vitest";
import { findCommand, needs, unmet, until } from "../src/index.js";

describe("needs", () => {
  test("nothing is always met", () => {
    expect(unmet({})).toBeUndefined();
  });

  test("a command that is not installed is named", () => {
    expect(unmet({ commands: ["node", "no-such-command-anywhere"] })).toBe(
      "needs the command no-such-command-anywhere",
    );
  });

  test("an environment variable that is not set is named", () => {
    expect(unmet({ env: ["VIPKIT_NO_SUCH_VARIABLE"] })).toBe("needs VIPKIT_NO_SUCH_VARIABLE to be set");
  });

  needs({ commands: ["node"] }).test("what is met runs", () => {
    expect(findCommand("node")).toBeDefined();
  });
});

describe("until", () => {
  test("gives the first answer", async () => {
    let asked = 0;
    expect(await until(() => (asked += 1) >= 3 && "here", { everyMs: 1 })).toBe("here");
    expect(asked).toBe(3);
  });

  test("says what did not happen, and why", async () => {
    const waiting = until(
      () => {
        throw new Error("refused");
      },
      { timeoutMs: 5, everyMs: 1, what: "the session" },
    );
    await expect(waiting).rejects.toThrow("the session did not come true within 5 ms");
    await expect(waiting).rejects.toHaveProperty("cause.message", "refused");
  });
});
