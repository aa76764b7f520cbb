/** Looks whether a packed app has what it needs to run, before anybody starts it: a missing worker file shows itself late. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { threadEntries, workerEntries } from '../../src/main/processes/worker-entries.ts'
import { embeddedIds } from '../build-encoder.ts'
import { packedFiles } from './archive.ts'

export interface Target {
  /** As Node names them: `linux`, `win32`, `darwin`; `x64`, `arm64`. */
  platform: string
  arch: string
}

const native = /\.(node|dll|dylib)$|\.so(\.[\d.]+)?$/

/** Throws with everything that is missing or should not be there. */
export async function checkPacked(resources: string, target: Target): Promise<void> {
  const files = packedFiles(resources)
  const packed = new Map(files.map((file) => [file.path, file]))
  const wrong: string[] = []
  const expectUnpacked = (path: string): void => {
    if (packed.get(path)?.unpacked !== true || !existsSync(join(resources, 'app.asar.unpacked', path))) wrong.push(`${path} is not an unpacked file`)
  }

  for (const path of ['package.json', 'out/main/index.js', 'out/preload/index.cjs', 'out/renderer/index.html'])
    if (!packed.has(path)) wrong.push(`${path} is missing`)
  for (const entry of [...workerEntries, ...threadEntries]) expectUnpacked(`out/main/workers/${entry}.js`)
  for (const { path } of files.filter((file) => native.test(file.path))) {
    expectUnpacked(path)
    if (isForeign(path, target)) wrong.push(`${path} is for another platform`)
  }
  const { platform, arch } = target
  for (const path of [`onnxruntime-node/bin/napi-v6/${platform}/${arch}/onnxruntime_binding.node`, `better-sqlite3/prebuilds/${platform}-${arch}.node`])
    expectUnpacked(`node_modules/${path}`)
  if (![...packed.keys()].some((path) => path.startsWith(`node_modules/@img/sharp-${platform}-${arch}/`)))
    wrong.push(`sharp for ${platform} ${arch} is missing`)

  const encoders = embeddedIds.map((id) => `models/encoders/${id}/encoder.onnx`)
  for (const path of [...encoders, 'icon.png', 'LICENSE', 'THIRD-PARTY.md']) if (!existsSync(join(resources, path))) wrong.push(`${path} is missing`)
  const models = await readdir(join(resources, 'models'))
  if (!models.some((name) => existsSync(join(resources, 'models', name, 'weights.safetensors')))) wrong.push('no captioner is in models')

  if (wrong.length > 0) throw new Error(`The packed app would not run:\n  ${wrong.join('\n  ')}`)
}

function isForeign(path: string, { platform, arch }: Target): boolean {
  const named = /(linux|linuxmusl|win32|darwin)[-/](x64|arm64)/.exec(path)
  return named !== null && (named[1] !== platform || named[2] !== arch)
}
