import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'

const folder = import.meta.dirname
const oldestNode = 'node20.18' // Electron 33
const oldestChrome = 'chrome130'
const workers = ['workspace', 'job', 'thumbnails', 'probe']

export default defineConfig({
  main: {
    build: {
      target: oldestNode,
      sourcemap: true,
      rolldownOptions: {
        input: {
          index: resolve(folder, 'src/main/index.ts'),
          ...Object.fromEntries(workers.map((name) => [`workers/${name}`, resolve(folder, `src/main/workers/${name}.ts`)])),
        },
      },
    },
  },
  preload: {
    build: {
      target: oldestNode,
      externalizeDeps: false, // a sandboxed preload is one file
      rolldownOptions: {
        input: { index: resolve(folder, 'src/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: resolve(folder, 'src/renderer'),
    plugins: [vue()],
    build: {
      target: oldestChrome,
      minify: true,
      rolldownOptions: { input: resolve(folder, 'src/renderer/index.html') },
    },
  },
})
