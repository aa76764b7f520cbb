/** The shared tiny CLIPs on WebGPU, by Electron's software Vulkan, beside the CPU. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { addEncoder } from '#engine/vision/encoder-import/add-encoder.ts'
import { sharedData, withoutSharedData } from '../support/shared-data.ts'
import { softwareVulkanDriver, softwareVulkanEnvironment } from '../support/software-vulkan.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const driver = await softwareVulkanDriver()
const clips = join(sharedData ?? '', 'clip')
const featuresSchema = z.object({ provider: z.string(), grid: z.array(z.number()), pooled: z.array(z.number()) })

async function encodeOn(provider: 'cpu' | 'webgpu', folder: string, environment: NodeJS.ProcessEnv): Promise<z.infer<typeof featuresSchema>> {
  const program = join(import.meta.dirname, 'webgpu-clip-child.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program, folder, provider], { env: { ...process.env, ...environment }, maxBuffer: 64 * 2 ** 20 })
  return featuresSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
}

test.skipIf(driver === null || sharedData === undefined).each([
  ['vit-tiny', join(clips, 'vit-tiny')],
  ['resnet-tiny', join(clips, 'resnet-tiny', 'openai.safetensors')],
])(`the features of %s are those of the CPU (skipped where Electron brings no software Vulkan, or ${withoutSharedData})`, async (name, path) => {
  const { folder } = await addEncoder({ path, root: temporaryFolder(), name })
  const onCpu = await encodeOn('cpu', folder, {})
  const onWebgpu = await encodeOn('webgpu', folder, softwareVulkanEnvironment(driver ?? '', temporaryFolder()))
  expect(onWebgpu.provider).toBe('webgpu')
  for (const output of ['grid', 'pooled'] as const) {
    const largest = onCpu[output].reduce((size, value) => Math.max(size, Math.abs(value)), 0)
    expect(onWebgpu[output]).toHaveLength(onCpu[output].length)
    onCpu[output].forEach((value, index) => expect(Math.abs(onWebgpu[output][index] - value)).toBeLessThanOrEqual(1e-3 * largest))
  }
})
