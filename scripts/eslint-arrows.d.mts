import type { Rule } from "eslint";

export const arrowsRule: Rule.RuleModule;
