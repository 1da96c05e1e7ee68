/**
 * Compiles a project and prints, as JSON, the complaints about its own files and about the types of nestjs-hirefire.
 * It does not check Nest's own types, which are not ours; that saves most of the time.
 *
 * A separate program, because Jest would first read all of TypeScript as a module.
 */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type typescript from 'typescript';

const [project = '.', typescriptFolder = 'node_modules/typescript'] = process.argv
  .slice(2)
  .map((path) => resolve(path));
const ts = createRequire(import.meta.url)(typescriptFolder) as typeof typescript;

const read = ts.readConfigFile(join(project, 'tsconfig.json'), (path) => ts.sys.readFile(path));
const { options, fileNames, errors } = ts.parseJsonConfigFileContent(read.config, ts.sys, project);
const program = ts.createProgram(fileNames, options);

const files = program.getSourceFiles().filter(({ fileName }) => !/node_modules\/(?!nestjs-hirefire\/)/.test(fileName));
if (!files.some(({ fileName }) => fileName.includes('node_modules/nestjs-hirefire/dist/'))) {
  throw new Error(`${project} does not use the types of nestjs-hirefire`);
}
for (const file of files.filter(({ isDeclarationFile }) => !isDeclarationFile)) {
  // One by one: to emit all at once, TypeScript checks all there is.
  program.emit(file);
}
const diagnostics = [
  ...errors,
  ...program.getOptionsDiagnostics(),
  ...program.getGlobalDiagnostics(),
  ...files.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
];
const host = {
  getCurrentDirectory: () => project,
  getCanonicalFileName: (path: string) => path,
  getNewLine: () => '\n',
};
console.log(JSON.stringify(diagnostics.map((diagnostic) => ts.formatDiagnostic(diagnostic, host))));
