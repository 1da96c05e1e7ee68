/** The configurations of the page on other readers, against what those readers make of our answers. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parser } from '@prometheus-io/lezer-promql';
import type { INestApplication } from '@nestjs/common';
import { register } from 'prom-client';
import { parseAllDocuments } from 'yaml';
import { HireFireProc } from '../../lib/index.js';
import { HireFireMetrics } from '../../lib/prometheus/index.js';
import { startApp } from '../support/apps.js';

const page = readFileSync('docs/beyond-heroku.md', 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].flatMap(([, of, code = '']) => (of === language ? [code] : []));

const documents: readonly unknown[] = blocks('yaml').flatMap((code) =>
  parseAllDocuments(code).map((document) => document.toJS({}) as unknown),
);

/** A value in a document, by its path. */
function at(document: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => Reflect.get(Object(value), key) as unknown, document);
}

const triggers = documents
  .filter((document) => at(document, 'kind') === 'ScaledObject')
  .map((document) => at(document, 'spec', 'triggers', 0));
const trigger = (type: string): unknown => triggers.find((one) => at(one, 'type') === type);

@HireFireProc('worker')
class WorkerProc {
  quantity(): number {
    return 42;
  }
}
@HireFireProc('aged', { metric: 'latency' })
class AgedProc {
  latency(): number {
    return 1.5;
  }
}

let app: INestApplication;
beforeAll(async () => {
  app = await startApp({ providers: [WorkerProc, AgedProc, HireFireMetrics] }, { token: 'the-token' });
});
afterAll(() => app.close());

describe("KEDA's metrics-api", () => {
  const metadata = at(trigger('metrics-api'), 'metadata');

  it('gets 200 and the number of its process, with the header and the path of the page', async () => {
    const { pathname } = new URL(String(at(metadata, 'url')));
    const header = { [String(at(metadata, 'keyParamName'))]: 'the-token' };
    const response = await fetch(`${await app.getUrl()}${pathname}`, { headers: header });

    expect(response.status).toBe(200);
    expect(gjson(await response.json(), String(at(metadata, 'valueLocation')))).toBe(42);
  });

  it('has every key that it needs, as text, as KEDA wants it', () => {
    expect(metadata).toEqual({
      url: expect.stringMatching(/^http:/),
      valueLocation: '#(name=="worker").value',
      targetValue: '100',
      authMode: 'apiKey',
      method: 'header',
      keyParamName: 'HireFire-Token',
    });
    const authentication = documents.find((document) => at(document, 'kind') === 'TriggerAuthentication');
    expect(at(authentication, 'metadata', 'name')).toBe(at(trigger('metrics-api'), 'authenticationRef', 'name'));
    const { parameter, name, key } = Object(at(authentication, 'spec', 'secretTargetRef', 0)) as Record<
      string,
      unknown
    >;
    const secret = documents.find((document) => at(document, 'kind') === 'Secret');
    expect(parameter).toBe('apiKey');
    expect(at(secret, 'metadata', 'name')).toBe(name);
    expect(at(secret, 'stringData', String(key))).toBe('the value of HIREFIRE_TOKEN');
  });
});

describe('a query', () => {
  const adapter = documents.find((document) => at(document, 'rules') !== undefined);
  const rule = at(adapter, 'rules', 'external', 0);
  const metric = at(
    documents.find((document) => at(document, 'kind') === 'HorizontalPodAutoscaler'),
    'spec',
    'metrics',
    0,
    'external',
    'metric',
  );
  const matchers = Object.entries(Object(at(metric, 'selector', 'matchLabels')) as Record<string, string>).map(
    ([name, value]) => `${name}="${value}"`,
  );
  const fly = /^FAS_PROMETHEUS_QUERY = '(.*)'$/m.exec(page)?.[1] ?? '';
  const queries = [
    { reader: 'KEDA', query: String(at(trigger('prometheus'), 'metadata', 'query')) },
    {
      reader: 'the Prometheus adapter',
      // As the adapter fills in its template.
      query: String(at(rule, 'metricsQuery'))
        .replace('<<.Series>>', String(at(rule, 'seriesQuery')))
        .replace('<<.LabelMatchers>>', matchers.join(',')),
    },
    // Fly adds the label "app" when it scrapes.
    { reader: "Fly's autoscaler", query: fly.replace('app="my-app",', '') },
    { reader: 'an alert', query: blocks('text').at(-1)?.trim() ?? '' },
  ];

  it.each(queries)('of $reader is PromQL, never sums up, and finds a sample of ours: $query', async ({ query }) => {
    const { metrics, labels, functions } = partsOf(query);
    expect(functions).toEqual(['max']);

    const scraped = await register.metrics();
    for (const name of metrics) {
      const labelled = labels.length === 0 ? `${name}{name="worker"}` : `${name}{${labels.join(',')}}`;
      expect(scraped).toMatch(new RegExp(`^${labelled.replace(/[{}]/g, '\\$&')} \\d`, 'm'));
    }
    expect(metrics).toHaveLength(1);
  });

  it('of KEDA takes no missing sample for 0', () => {
    expect(at(trigger('prometheus'), 'metadata', 'ignoreNullValues')).toBe('false');
  });

  it('of the adapter is for the metric that the HorizontalPodAutoscaler names', () => {
    expect(at(metric, 'name')).toBe(at(rule, 'seriesQuery'));
  });
});

it('every metric of the table is one of ours, and the other way round', () => {
  const documented = [...page.matchAll(/^\| `(hirefire_\w+)`/gm)].map(([, name]) => name);
  const ours = /^ *name: '(hirefire_\w+)'/gm;
  const source = readFileSync('lib/prometheus/hirefire-metrics.ts', 'utf8');
  expect(documented.sort()).toEqual([...source.matchAll(ours)].map(([, name]) => name).sort());
});

/** Resolves the page's one form of path as GJSON does: the first of a list with a name, and a key of it. */
function gjson(json: unknown, path: string): unknown {
  const [, key = '', value, wanted = ''] = /^#\((\w+)=="(.*)"\)\.(\w+)$/.exec(path) ?? [];
  if (!Array.isArray(json)) {
    throw new Error('GJSON finds nothing with # where there is no list');
  }
  return at(
    json.find((entry: unknown) => at(entry, key) === value),
    wanted,
  );
}

/** The metrics, label matchers and aggregations of a query, by the grammar of Prometheus itself. */
function partsOf(query: string): Record<'metrics' | 'labels' | 'functions', string[]> {
  const parts = { metrics: [] as string[], labels: [] as string[], functions: [] as string[] };
  parser
    .configure({ strict: true })
    .parse(query)
    .iterate({
      enter: ({ name, from, to }) => {
        const text = query.slice(from, to);
        if (name === 'VectorSelector') {
          parts.metrics.push(text.replace(/\{.*$/, ''));
        } else if (/^(?:Unquoted|Quoted)LabelMatcher$/.test(name)) {
          parts.labels.push(text);
        } else if (name === 'AggregateOp') {
          parts.functions.push(text);
        }
      },
    });
  return parts;
}
