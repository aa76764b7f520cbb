import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'
import type { Plugin } from 'vite'
import { threadEntries, workerEntries } from './src/main/processes/worker-entries.ts'

const folder = import.meta.dirname
const oldestNode = 'node20.18' // Electron 33
const oldestChrome = 'chrome130'
/** The window asks for the page as `capstan://app`; only hot updates go to this port. */
const devPort = 5317
/** `npm run dev` sends a policy of its own, which lets hot updates through. */
const withoutPolicy: Plugin = {
  name: 'capstan:without-policy',
  apply: 'serve',
  transformIndexHtml: (html) => html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ''),
}
/** What went into a bundle, with its licences, for the packaged app's THIRD-PARTY.md. */
const license = { fileName: 'licenses.json' }

export default defineConfig({
  main: {
    build: {
      target: oldestNode,
      sourcemap: true,
      license,
      rolldownOptions: {
        input: {
          index: resolve(folder, 'src/main/index.ts'),
          ...Object.fromEntries([...workerEntries, ...threadEntries].map((name) => [`workers/${name}`, resolve(folder, `src/main/workers/${name}.ts`)])),
        },
      },
    },
  },
  preload: {
    build: {
      target: oldestNode,
      license,
      externalizeDeps: false, // a sandboxed preload is one file
      rolldownOptions: {
        input: { index: resolve(folder, 'src/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: resolve(folder, 'src/renderer'),
    plugins: [vue(), withoutPolicy],
    server: { host: '127.0.0.1', port: devPort, strictPort: true, hmr: { protocol: 'ws', host: '127.0.0.1', clientPort: devPort } },
    build: {
      target: oldestChrome,
      minify: true,
      license,
      rolldownOptions: { input: resolve(folder, 'src/renderer/index.html') },
    },
  },
})
