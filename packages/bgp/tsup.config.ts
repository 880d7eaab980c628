import { library } from "../../tsup.shared.js";

// A thread finds its file by createRequire: the CommonJS build needs a stand-in for import.meta.url.
export default library({ shims: true });
