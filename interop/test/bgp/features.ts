import { COLLISION } from "./feature-collision.js";
import { END_FEATURES } from "./feature-ends.js";
import { KEY_FEATURES } from "./feature-keys.js";
import { RESTART_FEATURES } from "./feature-restart.js";
import { ROUTE_FEATURES } from "./feature-routes.js";
import { SESSION_FEATURES } from "./feature-sessions.js";
import type { Stage } from "./stage.js";

/** One row of the table of daemons: a test that every daemon takes, unless it has a reason not to. */
export interface Feature {
  readonly name: string;
  /** What the test shows, as its name and as the row of the printed table. */
  readonly title: string;
  readonly run: (stage: Stage) => Promise<void>;
}

/** All rows. `DaemonKind.cannot` names those that a daemon cannot do. */
export const FEATURES: readonly Feature[] = [
  ...SESSION_FEATURES,
  COLLISION,
  ...ROUTE_FEATURES,
  ...KEY_FEATURES,
  ...END_FEATURES,
  ...RESTART_FEATURES,
];
