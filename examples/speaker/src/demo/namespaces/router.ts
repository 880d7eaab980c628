/** The router of the demonstration where BIRD is not installed: prints its whole table, a JSON line after each change. */
import { linuxHost } from "@vipkit/link/node";
import { startRouter } from "../router.js";

await startRouter(linuxHost(), (routes) => process.stdout.write(`${JSON.stringify(routes)}\n`));
