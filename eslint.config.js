import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import importX from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/** Imports go one way (architecture in HACKING.md): `target` may not import what `from` names. */
const zone = (target, from, message) => ({ target: `./${target}`, from: from.map((f) => `./${f}`), message });
const below = {
  base: [],
  agent: ["base"],
  targets: ["base", "agent"],
  models: ["base", "agent"],
  store: ["base", "agent", "models"],
  export: ["base", "agent", "store"],
  runs: ["base", "agent", "targets", "models", "store", "export"],
  ipc: ["base", "agent", "targets", "models", "store", "export", "runs"],
};
const folders = [...Object.keys(below), "cli", "shell"];
const zones = Object.entries(below).map(([folder, allowed]) =>
  zone(
    `electron/${folder}`,
    folders.filter((f) => f !== folder && !allowed.includes(f)).map((f) => `electron/${f}`),
    `electron/${folder} may import only: ${allowed.join(", ") || "nothing"}`,
  ),
);

export default tseslint.config(
  { ignores: ["build/**", "node_modules/**", "renderer/dist/**"] },
  {
    files: ["**/*.ts", "**/*.tsx", "**/*.cts"],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { "import-x": importX },
    settings: {
      "import-x/resolver-next": [
        createTypeScriptImportResolver({ project: ["tsconfig.json", "renderer/tsconfig.json", "test/tsconfig.json"] }),
      ],
    },
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["vitest.config.ts"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "import-x/no-cycle": "error",
      "import-x/no-restricted-paths": [
        "error",
        {
          zones: [
            ...zones,
            zone("electron", ["renderer", "test"], "the control side does not import the UI or tests"),
            {
              target: "./renderer",
              from: "./electron",
              except: ["./ipc", "./agent/messages", "./agent/messages.ts", "./runs/config.ts", "./targets/target.ts"],
              message: "the renderer imports the contract and its types only",
            },
          ],
        },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ["**/*.cts"], // CommonJS: a sandboxed preload may be nothing else
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  {
    files: ["renderer/views/**"],
    rules: { "max-lines": ["error", 300] },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/require-await": "off",
    },
  },
);
