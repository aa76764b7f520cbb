/** The embedded encoders and the shared tiny CLIPs on WebGPU, by Electron's software Vulkan, beside the CPU. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { addEncoder } from '#engine/vision/encoder-import/add-encoder.ts'
import { captioningEncoderFolder, defaultEncoderFolder, ensureEncoders } from '../../scripts/build-encoder.ts'
import { sharedData, withoutSharedData } from '../support/shared-data.ts'
import { softwareVulkanDriver, softwareVulkanEnvironment } from '../support/software-vulkan.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const driver = await softwareVulkanDriver()
const clips = join(sharedData ?? '', 'clip')
const featuresSchema = z.object({ provider: z.string(), grid: z.array(z.number()), pooled: z.array(z.number()) })

async function encodeOn(provider: 'cpu' | 'webgpu', folder: string, images: number, environment: NodeJS.ProcessEnv): Promise<z.infer<typeof featuresSchema>> {
  const program = join(import.meta.dirname, 'webgpu-encoders-child.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program, folder, provider, String(images)], {
    env: { ...process.env, ...environment },
    maxBuffer: 64 * 2 ** 20,
  })
  return featuresSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
}

async function expectSameFeatures(folder: string, images: number): Promise<void> {
  const onCpu = await encodeOn('cpu', folder, images, {})
  const onWebgpu = await encodeOn('webgpu', folder, images, softwareVulkanEnvironment(driver ?? '', temporaryFolder()))
  expect(onWebgpu.provider).toBe('webgpu')
  for (const output of ['grid', 'pooled'] as const) {
    const largest = onCpu[output].reduce((size, value) => Math.max(size, Math.abs(value)), 0)
    expect(onWebgpu[output]).toHaveLength(onCpu[output].length)
    onCpu[output].forEach((value, index) => expect(Math.abs(onWebgpu[output][index] - value)).toBeLessThanOrEqual(1e-3 * largest))
  }
}

test.skipIf(driver === null).each([
  ['OpenImages', defaultEncoderFolder],
  ['COCO', captioningEncoderFolder],
])('the features of the embedded detector of %s are those of the CPU (skipped where Electron brings no software Vulkan)', async (_name, folder) => {
  await ensureEncoders()
  await expectSameFeatures(folder, 1) // a software driver is slow
})

test.skipIf(driver === null || sharedData === undefined).each([
  ['vit-tiny', join(clips, 'vit-tiny')],
  ['resnet-tiny', join(clips, 'resnet-tiny', 'openai.safetensors')],
])(`the features of %s are those of the CPU (skipped where Electron brings no software Vulkan, or ${withoutSharedData})`, async (name, path) => {
  const { folder } = await addEncoder({ path, root: temporaryFolder(), name })
  await expectSameFeatures(folder, 2)
})
