import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { softwareVulkanDriver, softwareVulkanEnvironment } from '../support/software-vulkan.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const resultSchema = z.object({
  provider: z.string(),
  losses: z.array(z.number()),
  captions: z.array(z.object({ ids: z.array(z.number()), logProbability: z.number() })),
})

const driver = await softwareVulkanDriver()

async function runOn(provider: 'cpu' | 'webgpu', environment: NodeJS.ProcessEnv): Promise<z.infer<typeof resultSchema>> {
  const program = join(import.meta.dirname, 'webgpu-child.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program, provider], { env: { ...process.env, ...environment } })
  return resultSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
}

test.skipIf(driver === null)(
  'five training steps and a beam search on WebGPU equal those on the CPU (skipped where Electron brings no software Vulkan: not Linux x64)',
  async () => {
    const onCpu = await runOn('cpu', {})
    const onWebgpu = await runOn('webgpu', softwareVulkanEnvironment(driver ?? '', temporaryFolder()))
    expect(onWebgpu.provider).toBe('webgpu')
    expect(onCpu.losses).toHaveLength(5)
    onCpu.losses.forEach((loss, step) => expect(onWebgpu.losses[step]).toBeCloseTo(loss, 4))
    expect(onWebgpu.captions.map(({ ids }) => ids)).toEqual(onCpu.captions.map(({ ids }) => ids))
    onCpu.captions.forEach(({ logProbability }, index) => expect(onWebgpu.captions[index].logProbability).toBeCloseTo(logProbability, 3))
    expect(onCpu.captions.some(({ ids }) => ids.length > 0)).toBe(true)
  },
)
