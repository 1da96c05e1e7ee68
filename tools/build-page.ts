/** Builds the page of the command line into one file, dist/cli/page.html, with its style and its script in it. */
import { readFile, writeFile } from 'node:fs/promises';
import { build, type Metafile } from 'esbuild';

const CLIENT = 'cli/page/client';

/** @returns the contents of the bundle */
export async function buildPage(outfile: string): Promise<Metafile> {
  const { outputFiles, metafile } = await build({
    entryPoints: [`${CLIENT}/main.ts`, `${CLIENT}/page.css`],
    outdir: 'page',
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const built = (ending: string): string => {
    const file = outputFiles.find(({ path }) => path.endsWith(ending));
    if (!file) {
      throw new Error(`the page has no ${ending}`);
    }
    return file.text;
  };
  const page = await readFile(`${CLIENT}/page.html`, 'utf8');
  const [style, script] = [built('.css'), built('.js').replaceAll('</script', '<\\/script')];
  await writeFile(
    outfile,
    page
      .replace('<style></style>', () => `<style>${style}</style>`)
      .replace('<script></script>', () => `<script>${script}</script>`),
  );
  return metafile;
}
