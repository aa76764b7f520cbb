import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const folder = import.meta.dirname
// Not in the folder of the person who runs them.
const env = { CAPSTAN_LOGS: resolve(folder, 'test-artifacts/logs'), NODE_COMPILE_CACHE: resolve(folder, 'test-artifacts/compiled') }

export default defineConfig({
  plugins: [vue()],
  resolve: {
    alias: { '#shared': resolve(folder, 'src/shared'), '#engine': resolve(folder, 'src/engine') },
  },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    globals: false,
    // A state is waited for, not a time: so long only where it never comes.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      { extends: true, test: { name: 'unit', env, include: ['tests/unit/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000 } },
      { extends: true, test: { name: 'integration', env, include: ['tests/integration/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000 } },
      { extends: true, test: { name: 'package', include: ['tests/package/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 900_000, fileParallelism: false } },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          fileParallelism: false, // one window at a time
        },
      },
    ],
  },
})
