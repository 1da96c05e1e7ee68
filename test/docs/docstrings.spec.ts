/** Editors show the meaning of each public name, and an example. `npm run docs:api` checks the rest. */
import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const entries = ['lib/index.ts', ...readdirSync('lib').map((folder) => `lib/${folder}/index.ts`)];

/** Every name that an entry exports, with the file that declares it. */
const names = entries.flatMap((entry) => {
  const exported = [...read(entry).matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)'/gm)];
  return exported.flatMap(([, list = '', from = '']) =>
    list
      .split(',')
      .map((name) => name.replace(/^\s*type\s/, '').trim())
      .filter((name) => name !== '')
      .map((name) => ({ name, file: join(dirname(entry), from.replace(/js$/, 'ts')) })),
  );
});

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // A room without an entry.
  }
}

describe('the public names', () => {
  it('are found', () => {
    expect(names.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['HireFireModule', 'QueueReading', 'BullProc']),
    );
  });

  it.each(names)('$name has a docstring with an example, and says that it is public', ({ name, file }) => {
    const declared = new RegExp(
      String.raw`/\*\*((?:(?!\*/)[^])*)\*/\n(?:@\w+\((?:[^]*?)\)\n)?export (?:abstract )?(?:class|function|interface|type|const) ${name}\b`,
    );
    const docstring = declared.exec(read(file))?.[1];
    expect(docstring).toContain('@example');
    expect(docstring).toContain('@publicApi');
  });
});
