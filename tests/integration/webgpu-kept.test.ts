/** With WebGPU weights go to the device once for each beginning of captions, and frozen ones once for a whole training; the results are those of the CPU. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { softwareVulkanDriver, softwareVulkanEnvironment } from '../support/software-vulkan.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const values = z.array(z.array(z.number()))
const resultSchema = z.object({
  provider: z.string(),
  before: values,
  after: values,
  bytes: z.number(),
  all: z.number(),
  training: z.object({ losses: z.array(z.number()), bytes: z.number(), trainable: z.number() }),
})
const driver = await softwareVulkanDriver()

async function runOn(provider: 'cpu' | 'webgpu', environment: NodeJS.ProcessEnv): Promise<z.infer<typeof resultSchema>> {
  const program = join(import.meta.dirname, 'webgpu-kept-child.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program, provider], { env: { ...process.env, ...environment } })
  return resultSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
}

test.skipIf(driver === null)(
  'weights that are followed stay on the device from word to word and show what they learned, and frozen ones from step to step (skipped where Electron brings no software Vulkan: not Linux x64)',
  async () => {
    const onCpu = await runOn('cpu', {})
    const onWebgpu = await runOn('webgpu', softwareVulkanEnvironment(driver ?? '', temporaryFolder()))
    expect(onWebgpu.provider).toBe('webgpu')
    for (const when of ['before', 'after'] as const) onCpu[when].flat().forEach((value, index) => expect(onWebgpu[when].flat()[index]).toBeCloseTo(value, 4))
    expect(onCpu.after[0][0]).not.toBeCloseTo(onCpu.before[0][0], 3)
    expect(onWebgpu.bytes).toBe(onWebgpu.all)
    expect(onCpu.bytes).toBeGreaterThan(2 * onCpu.all) // read in place at every word there
    onCpu.training.losses.forEach((loss, step) => expect(onWebgpu.training.losses[step]).toBeCloseTo(loss, 3))
    expect(onWebgpu.training.bytes).toBe(3 * onWebgpu.training.trainable)
    expect(onWebgpu.training.trainable).toBeLessThan(onWebgpu.all)
    expect(onCpu.training.bytes).toBe(3 * onCpu.all)
  },
  300_000,
)
