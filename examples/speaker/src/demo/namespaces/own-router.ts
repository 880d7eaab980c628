import type { RouterRoute } from "../stage.js";
import type { Router } from "./bird.js";
import { startProgram } from "./command.js";

/** Starts vipkit's own passive BGP speaker in the namespace; it prints its table whenever that changes. */
export function startOwnRouter(namespace: string, args: readonly string[]): Router {
  let table: RouterRoute[] = [];
  const program = startProgram(namespace, args, (line) => {
    table = JSON.parse(line) as RouterRoute[];
  });
  return { program, routes: () => Promise.resolve(table) };
}
