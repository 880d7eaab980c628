// What a thread of `startPeerThread` runs. Imported anywhere else it does nothing.
import { serve } from "./thread/serve.js";

// A rejection ends the thread with the reason, and the other side hears of it.
void serve();
