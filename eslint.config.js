import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";
import { arrowsRule } from "./scripts/eslint-arrows.mjs";

const configFiles = ["*.config.{js,ts}", "**/tsup.config.ts"];

const noTypeScriptOnly = [
  { selector: "TSEnumDeclaration", message: "No enums: use string literals, or a const object for wire numbers." },
  {
    selector: "TSModuleDeclaration[id.type='Identifier'][kind!='global']",
    message: "No namespaces: files are the modules.",
  },
];

const noAmbientState = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: "Time comes in as an argument." },
  { selector: "CallExpression[callee.name='Date']", message: "Time comes in as an argument." },
];

const timers = ["setTimeout", "setInterval", "setImmediate"];

export default defineConfig(
  globalIgnores(["**/dist/", "**/coverage/", "**/node_modules/", "**/*.d.ts", "**/*.d.mts"]),
  js.configs.recommended,
  { plugins: { vipkit: { rules: { arrows: arrowsRule } } }, rules: { "vipkit/arrows": "error" } },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Indexed access is checked for undefined; where a length was tested before, `!` says so at no cost.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // Classes of the ESM and the CJS build differ; what counts is the shape (errors are told apart by `code`).
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/prefer-readonly": "error",
      // Loops over bytes read and write by index.
      "@typescript-eslint/prefer-for-of": "off",
      // `while (true)` is how a reader loop is written.
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      "no-restricted-syntax": ["error", ...noTypeScriptOnly],
    },
  },
  {
    files: ["**/*.{ts,mjs}"],
    ignores: configFiles,
    rules: {
      "no-restricted-exports": [
        "error",
        {
          restrictDefaultExports: {
            direct: true,
            named: true,
            defaultFrom: true,
            namedFrom: true,
            namespaceFrom: true,
          },
        },
      ],
      eqeqeq: "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  { files: ["packages/*/src/**/*.ts"], rules: { "no-console": "error" } },
  {
    // No clock, no randomness, no timers: they come in as arguments.
    files: ["packages/*/src/**/*.ts"],
    ignores: ["packages/*/src/node/**"],
    rules: {
      "no-restricted-globals": ["error", ...timers, "performance", "crypto", "process", "Buffer", "globalThis"],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: "Time comes in as an argument." },
        { object: "Math", property: "random", message: "Randomness comes in as an argument." },
      ],
      "no-restricted-syntax": ["error", ...noTypeScriptOnly, ...noAmbientState],
    },
  },
  {
    // No sleeps in tests: virtual time for machines, `until` of the test support for the world outside.
    files: ["**/test/**/*.ts"],
    rules: {
      "no-restricted-globals": ["error", ...timers],
      "no-restricted-imports": ["error", "node:timers", "node:timers/promises", "timers", "timers/promises"],
    },
  },
  {
    files: ["**/*.{js,mjs}"],
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        URL: "readonly",
        performance: "readonly",
        setTimeout: "readonly",
        clearTimeout: "readonly",
      },
    },
  },
);
