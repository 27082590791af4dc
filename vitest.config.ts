import { defineConfig } from 'vitest/config';

/** One project per lane of scripts/test-lanes.ts; a project whose folder is empty has simply no tests. */
function lane(name: string, folder: string, seconds: number, serial = false, isolate = true) {
  return {
    test: {
      name,
      isolate,
      include: [`${folder}/**/*.test.ts`],
      pool: 'forks' as const,
      testTimeout: seconds * 1000,
      hookTimeout: Math.max(60, seconds) * 1000,
      fileParallelism: !serial,
    },
  };
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      // Reading the modules takes longer than the tests, so its files share them: what they use is handed in, and nothing is mocked.
      lane('unit', 'test/unit', 20, false, false),
      lane('integration', 'test/integration', 60),
      lane('model', 'test/model', 900, true),
      lane('seeded-faults', 'test/lanes/seeded-faults', 60, true),
      lane('postgres', 'test/lanes/postgres', 120, true),
      lane('redis', 'test/lanes/redis', 60, true),
      lane('faults', 'test/lanes/faults', 600, true),
      lane('browser', 'test/lanes/browser', 120, true),
      lane('corpus', 'test/lanes/corpus', 120),
      lane('moto', 'test/lanes/moto', 120, true),
      lane('aws-cli', 'test/lanes/aws-cli', 180, true),
      lane('e2e', 'test/lanes/e2e', 300, true),
    ],
  },
});
