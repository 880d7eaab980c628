/**
 * Draws the BGP state machine from its table: `node --import tsx --conditions=vipkit:source scripts/draw-fsm.mjs` writes
 * docs/bgp-fsm.md; with --check it only says whether the page is as it should be.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { drawFsm } from "../packages/bgp/test/machine/draw.js";

const file = new URL("../docs/bgp-fsm.md", import.meta.url);
const text = drawFsm();

if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== text) {
    console.error("docs/bgp-fsm.md is not what the table says: run scripts/draw-fsm.mjs");
    process.exitCode = 1;
  }
} else {
  mkdirSync(new URL(".", file), { recursive: true });
  writeFileSync(file, text);
}
