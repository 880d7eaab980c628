import { library } from "../../tsup.shared.js";

// koffi is loaded late, by createRequire: the CommonJS build needs a stand-in for import.meta.url.
export default library({ shims: true });
