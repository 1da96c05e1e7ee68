import { expect, test } from '@jest/globals';
import { barChart, type Bar } from '../../bench/support/chart.js';

const bar = (label: string, value: number, low: number, high: number, isOurs = false): Bar => ({
  label,
  value,
  low,
  high,
  text: `${value} x`,
  isOurs,
});

const svg = barChart('A < B & C', [
  { title: 'Express', bars: [bar('plain', 1, 1, 1), bar('ours', 1.5, 1.25, 2, true)] },
  { title: 'Fastify', bars: [bar('<none>', 0, 0, 0)] },
]);

test('bars are as long as their values, of which the greatest bound fills the width', () => {
  expect(
    [...svg.matchAll(/<rect class="(bar|ours)" x="(\d+)".*? width="([\d.]+)"/g)].map((match) => match.slice(1)),
  ).toEqual([
    ['bar', '300', '170'],
    ['ours', '300', '255'],
    ['bar', '300', '0'],
  ]);
});

test('the line of the spread reaches from bound to bound', () => {
  expect([...svg.matchAll(/d="M([\d.]+) [\d.]+H([\d.]+)/g)].map((match) => match.slice(1))).toEqual([
    ['470', '470'],
    ['512.5', '640'],
    ['300', '300'],
  ]);
});

test('texts stand in it in order, and break nothing', () => {
  expect([...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text)).toEqual([
    'A &lt; B &amp; C',
    'Express',
    'plain',
    '1 x',
    'ours',
    '1.5 x',
    'Fastify',
    '&lt;none&gt;',
    '0 x',
  ]);
});

test('all of it is inside the picture', () => {
  const [, height] = /viewBox="0 0 760 ([\d.]+)"/.exec(svg) ?? [];
  const ys = [...svg.matchAll(/ y="([\d.]+)"/g)].map(([, y]) => Number(y));
  expect(Math.max(...ys)).toBeLessThan(Number(height));
});
