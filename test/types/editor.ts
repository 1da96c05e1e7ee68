/** Asks TypeScript's language service, as editors do, with the cursor at `¦`. */
import { join } from 'node:path';
import type typescript from 'typescript';

export class Editor {
  readonly #file: string;
  readonly #service: typescript.LanguageService;
  #code = '';
  #version = 0;

  /** @param folder - the project that the code stands in */
  constructor(
    private readonly ts: typeof typescript,
    folder: string,
  ) {
    this.#file = join(folder, 'edited.ts');
    this.#service = ts.createLanguageService(this.#host(folder));
  }

  /** The properties and strings in the list that opens, without the names that are in scope everywhere. */
  completions(code: string): string[] {
    const { memberVariableElement, string } = this.ts.ScriptElementKind;
    const list = this.#service.getCompletionsAtPosition(this.#file, this.#open(code), {});
    const entries = (list?.entries ?? []).filter(({ kind }) => kind === memberVariableElement || kind === string);
    return entries.map(({ name }) => name).sort();
  }

  hover(code: string): { readonly signature: string; readonly text: string; readonly tags: readonly string[] } {
    const info = this.#service.getQuickInfoAtPosition(this.#file, this.#open(code));
    const text = (parts?: readonly typescript.SymbolDisplayPart[]): string =>
      this.ts.displayPartsToString(parts ? [...parts] : []);
    return {
      signature: text(info?.displayParts),
      text: text(info?.documentation),
      tags: (info?.tags ?? []).map(({ name }) => name),
    };
  }

  #open(code: string): number {
    this.#code = code.replace('¦', '');
    this.#version += 1;
    return code.indexOf('¦');
  }

  #host(folder: string): typescript.LanguageServiceHost {
    const { ts } = this;
    const options = { module: ts.ModuleKind.NodeNext, lib: ['lib.es2022.d.ts'], strict: true, types: [] };
    const read = (path: string): string | undefined => (path === this.#file ? this.#code : ts.sys.readFile(path));
    return {
      getCompilationSettings: () => ({ ...options, experimentalDecorators: true }),
      getCurrentDirectory: () => folder,
      getDefaultLibFileName: () => ts.getDefaultLibFilePath(options),
      getScriptFileNames: () => [this.#file],
      getScriptVersion: (path) => (path === this.#file ? String(this.#version) : '0'),
      getScriptSnapshot: (path) => {
        const text = read(path);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      // Nest's own types add nothing here, and cost most of the time.
      fileExists: (path) =>
        !/node_modules\/(?!nestjs-hirefire\/)/.test(path) && (path === this.#file || ts.sys.fileExists(path)),
      readFile: read,
    };
  }
}
