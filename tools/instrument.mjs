import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";

const SCOPE = "@vipkit/";

/** The sources of a package that run anywhere: everything but node/. */
function sources(root, name) {
  const folder = join(root, "packages", name, "src");
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("node"))
    .map((file) => ({ from: join(folder, file), to: join(name, file.replace(/\.ts$/, ".js")) }));
}

/** A transformer that counts at the start of every function, block, branch and right side of a logical operator. */
function counting(next) {
  return (context) => {
    const { factory } = context;
    const tick = () =>
      factory.createPostfixIncrement(
        factory.createElementAccessExpression(
          factory.createPropertyAccessExpression(factory.createIdentifier("globalThis"), "__hits"),
          next(),
        ),
      );
    const counted = (expression) =>
      factory.createParenthesizedExpression(
        factory.createComma(tick(), factory.createParenthesizedExpression(expression)),
      );
    const block = (statement) =>
      ts.isBlock(statement)
        ? factory.updateBlock(statement, [factory.createExpressionStatement(tick()), ...statement.statements])
        : factory.createBlock([factory.createExpressionStatement(tick()), statement]);
    const logical = new Set([
      ts.SyntaxKind.AmpersandAmpersandToken,
      ts.SyntaxKind.BarBarToken,
      ts.SyntaxKind.QuestionQuestionToken,
    ]);
    const visit = (node) => {
      const done = ts.visitEachChild(node, visit, context);
      if (ts.isIfStatement(done)) {
        const other = done.elseStatement === undefined ? factory.createBlock([]) : done.elseStatement;
        return factory.updateIfStatement(done, done.expression, block(done.thenStatement), block(other));
      }
      if (ts.isForStatement(done)) {
        return factory.updateForStatement(
          done,
          done.initializer,
          done.condition,
          done.incrementor,
          block(done.statement),
        );
      }
      if (ts.isWhileStatement(done)) return factory.updateWhileStatement(done, done.expression, block(done.statement));
      if (ts.isConditionalExpression(done)) {
        return factory.updateConditionalExpression(
          done,
          done.condition,
          done.questionToken,
          counted(done.whenTrue),
          done.colonToken,
          counted(done.whenFalse),
        );
      }
      if (ts.isBinaryExpression(done) && logical.has(done.operatorToken.kind)) {
        return factory.updateBinaryExpression(done, done.left, done.operatorToken, counted(done.right));
      }
      if (ts.isCaseClause(done)) {
        return factory.updateCaseClause(done, done.expression, [
          factory.createExpressionStatement(tick()),
          ...done.statements,
        ]);
      }
      if (ts.isArrowFunction(done) && !ts.isBlock(done.body)) {
        return factory.updateArrowFunction(
          done,
          done.modifiers,
          done.typeParameters,
          done.parameters,
          done.type,
          done.equalsGreaterThanToken,
          counted(done.body),
        );
      }
      return done;
    };
    return (file) => ts.visitNode(file, visit);
  };
}

/**
 * Writes a copy of the packages that counts where it has been, as JavaScript, into `target`. Returns how many counters it has;
 * they live in `globalThis.__hits`.
 */
export function instrument(root, packages, target) {
  let counters = 0;
  const next = () => {
    counters += 1;
    return counters - 1;
  };
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022, verbatimModuleSyntax: true };
  for (const { from, to } of packages.flatMap((name) => sources(root, name))) {
    const { outputText } = ts.transpileModule(readFileSync(from, "utf8"), {
      compilerOptions,
      transformers: { before: [counting(next)] },
      fileName: from,
    });
    const out = join(target, to);
    mkdirSync(dirname(out), { recursive: true });
    const linked = outputText.replaceAll(
      new RegExp(`(["'])${SCOPE}([a-z0-9-]+)\\1`, "g"),
      (_whole, quote, name) => `${quote}./${relative(dirname(to), join(name, "index.js"))}${quote}`,
    );
    writeFileSync(out, linked);
  }
  writeFileSync(join(target, "package.json"), '{ "type": "module" }\n');
  symlinkSync(join(root, "node_modules"), join(target, "node_modules"));
  return counters;
}
