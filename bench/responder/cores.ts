import { availableParallelism } from "node:os";
import { findCommand } from "@vipkit/test-support";

/** The program that asks looks for answers all the time: on the core of the one that answers it would measure itself. */
export const ASKING_CORE = 0;
export const ANSWERING_CORE = 1;

/** Whether asking and answering programs get a core each. */
export function hasTwoCores(): boolean {
  return availableParallelism() > 1 && findCommand("taskset") !== undefined;
}

/** A command and its words, bound to a core where there are several. */
export function onCore(core: number, command: string, words: readonly string[]): readonly [string, string[]] {
  return hasTwoCores() ? ["taskset", ["-c", String(core), command, ...words]] : [command, [...words]];
}
