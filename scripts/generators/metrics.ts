import { COUNTERS, GAUGES, type MetricSpec } from '../../src/domain/metrics.ts';
import type { GeneratedFile } from '../lib/generated.ts';
import { markdownTable } from '../lib/table.ts';

/** docs/metrics.md. */
export async function generateMetrics(): Promise<readonly GeneratedFile[]> {
  const text = `# Metrics

Generated from \`src/domain/metrics.ts\` by \`npm run generate\`. Every process, bot or worker, answers \`GET /metrics\` on its HTTP port in Prometheus' text format,
besides the figures that Node gives of itself (\`cordon_process_…\`, \`cordon_nodejs_…\`). Let only your own scraper reach that port.

No account, finding or person is ever a label. A label takes the values named here, and \`other\` for anything else.

## Counted by each process since it started

Add them up over the processes.

${table(Object.values(COUNTERS))}

## Read from the store and the queue when asked

Every process tells the same: take one of them, or the highest. A look is shared by whoever asks within five seconds.

${table(Object.values(GAUGES))}
`;
  return [{ path: 'docs/metrics.md', text }];
}

function table(specs: readonly MetricSpec[]): string {
  const labels = (spec: MetricSpec): string =>
    Object.entries(spec.labels)
      .map(([label, values]) => `\`${label}\`: ${values.join(', ')}`)
      .join('<br>');
  return markdownTable(
    ['Metric', 'What it tells', 'Labels'],
    specs.map((spec) => [`\`${spec.name}\``, spec.help, labels(spec) || '–']),
  );
}
