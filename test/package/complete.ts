/** Prints, as JSON, what an editor completes in a project, by the TypeScript that the project has. */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type typescript from 'typescript';
import { completionsOf } from '../types/completions.js';
import { Editor } from '../types/editor.js';

const ts = createRequire(import.meta.url)(resolve('node_modules/typescript')) as typeof typescript;
const editor = new Editor(ts, resolve(process.argv[2] ?? '.'));

console.log(JSON.stringify(completionsOf(editor, 'nestjs-hirefire')));
