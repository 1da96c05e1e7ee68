/** A picture of results: horizontal bars, on a ground of its own that is light or dark as the reader has it. */

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** What stands behind the bar. */
  readonly text: string;
  /** The ends of the line that shows how sure the value is. */
  readonly low: number;
  readonly high: number;
  /** Whether it is ours, and so in colour. */
  readonly isOurs: boolean;
}

export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 760;
const MARGIN = 20;
const BAR_START = 300;
const BAR_END = 640;
const ROW = 26;
const BAR = 16;

const STYLE = [
  'text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600;font-size:15px}.head{font-weight:600}',
  '.ground{fill:#fff;stroke:#d1d9e0}.bar{fill:#8c959f}.ours{fill:#0969da}.spread{stroke:#1f2328}',
  '@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.ground{fill:#0d1117;stroke:#3d444d}.bar{fill:#656c76}',
  '.ours{fill:#4493f8}.spread{stroke:#f0f6fc}}',
].join('');

export function barChart(title: string, groups: readonly BarGroup[]): string {
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value, high }) => Math.max(value, high))));
  const x = (value: number): number => round(BAR_START + ((BAR_END - BAR_START) * value) / most);
  let y = MARGIN + ROW;
  const parts: string[] = [text(MARGIN, y, title, 'title')];
  for (const group of groups) {
    y += ROW * 1.5;
    parts.push(text(MARGIN, y, group.title, 'head'));
    for (const bar of group.bars) {
      y += ROW;
      const middle = y - 5;
      parts.push(
        text(MARGIN, y, bar.label),
        `<rect class="${bar.isOurs ? 'ours' : 'bar'}" x="${BAR_START}" y="${middle - BAR / 2}" ` +
          `width="${round(x(bar.value) - BAR_START)}" height="${BAR}" rx="2"/>`,
        `<path class="spread" d="M${x(bar.low)} ${middle}H${x(bar.high)}m0 -4v8M${x(bar.low)} ${middle - 4}v8"/>`,
        text(BAR_END + 12, y, bar.text),
      );
    }
  }
  const height = y + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function text(x: number, y: number, content: string, style?: string): string {
  return `<text x="${x}" y="${y}"${style === undefined ? '' : ` class="${style}"`}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
