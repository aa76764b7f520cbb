import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { measureProviders, proposalAmong } from '#engine/provider-choice/measure-providers.ts'
import { tryProvider } from '#engine/provider-choice/trial-process.ts'
import { probeProvider } from '#engine/runtime/probe-process.ts'
import { encoderRoot, ensureEncoders } from '../../scripts/build-encoder.ts'
import { projectFolder } from '../../scripts/paths.ts'
import { softwareVulkanDriver, softwareVulkanEnvironment } from '../support/software-vulkan.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const driver = await softwareVulkanDriver()

test.skipIf(driver === null)('the probe executes all of its network on WebGPU (skipped where Electron brings no software Vulkan: not Linux x64)', async () => {
  const status = await probeProvider('webgpu', { environment: softwareVulkanEnvironment(driver ?? '', temporaryFolder()) })
  expect(status).toMatchObject({ asked: 'webgpu', executed: 'webgpu', reason: '' })
})

test.runIf(process.platform === 'linux')('without any Vulkan driver the probe says so and what to do, in plain words', async () => {
  const status = await probeProvider('webgpu', { environment: { VK_ICD_FILENAMES: '/nonexistent.json', VK_DRIVER_FILES: '/nonexistent.json' } })
  expect(status).toMatchObject({ asked: 'webgpu', executed: null })
  expect(status.reason).toMatch(/webgpu/i)
  expect(status.reason).not.toMatch(/onnxruntime_src|\n/)
  expect(status.todo).toContain('Vulkan')
})

test.skipIf(driver === null)(
  'a software driver is measured within its time, and not proposed (skipped where Electron brings no software Vulkan: not Linux x64)',
  async () => {
    await ensureEncoders()
    for (const [name, value] of Object.entries(softwareVulkanEnvironment(driver ?? '', temporaryFolder()))) vi.stubEnv(name, value)
    const request = { works: ['encode' as const], model: join(projectFolder, 'models/base-captioner'), encoderRoots: [encoderRoot], photos: 2, steps: 1 }
    const measured = await measureProviders(
      ['cpu', 'webgpu'],
      { probe: probeProvider, trial: (provider, limitSeconds) => tryProvider({ ...request, provider }, { limitSeconds }) },
      { works: request.works },
    ).finally(() => vi.unstubAllEnvs())
    expect(measured[0]).toMatchObject({ provider: 'cpu', reason: null })
    const { proposal, says } = proposalAmong(measured)
    expect(proposal).toBeNull()
    expect(says).toMatch(/^The CPU stays: WebGPU (is slower|was not measured \(It took longer than \d+ seconds\))/)
  },
  600_000,
)
