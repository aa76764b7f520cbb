import { execFile } from 'node:child_process'
import { existsSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { findElectron, swiftshaderOf } from '../../scripts/ensure-electron.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const resultSchema = z.object({
  provider: z.string(),
  losses: z.array(z.number()),
  captions: z.array(z.object({ ids: z.array(z.number()), logProbability: z.number() })),
})

const swiftshader = process.platform === 'linux' && process.arch === 'x64' ? swiftshaderOf(await findElectron()) : null

/** The variables that make a process use Electron's software Vulkan driver, and its Vulkan loader where the system has none. */
function softwareVulkan(driver: string): NodeJS.ProcessEnv {
  const folder = temporaryFolder()
  const description = join(folder, 'driver.json')
  writeFileSync(description, JSON.stringify({ file_format_version: '1.0.0', ICD: { library_path: driver, api_version: '1.1.0' } }))
  const loader = join(dirname(driver), 'libvulkan.so.1')
  if (existsSync(loader)) symlinkSync(loader, join(folder, 'libvulkan.so.1'))
  const libraries = [process.env['LD_LIBRARY_PATH'], folder].filter(Boolean).join(':')
  return { VK_ICD_FILENAMES: description, XDG_RUNTIME_DIR: folder, LD_LIBRARY_PATH: libraries }
}

async function runOn(provider: 'cpu' | 'webgpu', environment: NodeJS.ProcessEnv): Promise<z.infer<typeof resultSchema>> {
  const program = join(import.meta.dirname, 'webgpu-child.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program, provider], { env: { ...process.env, ...environment } })
  return resultSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
}

test.skipIf(swiftshader === null)(
  'five training steps and a beam search on WebGPU equal those on the CPU (skipped where Electron brings no software Vulkan: not Linux x64)',
  async () => {
    const onCpu = await runOn('cpu', {})
    const onWebgpu = await runOn('webgpu', softwareVulkan(swiftshader ?? ''))
    expect(onWebgpu.provider).toBe('webgpu')
    expect(onCpu.losses).toHaveLength(5)
    onCpu.losses.forEach((loss, step) => expect(onWebgpu.losses[step]).toBeCloseTo(loss, 4))
    expect(onWebgpu.captions.map(({ ids }) => ids)).toEqual(onCpu.captions.map(({ ids }) => ids))
    onCpu.captions.forEach(({ logProbability }, index) => expect(onWebgpu.captions[index].logProbability).toBeCloseTo(logProbability, 3))
    expect(onCpu.captions.some(({ ids }) => ids.length > 0)).toBe(true)
  },
)
