import { expect, test } from 'vitest'
import { probeProvider } from '#engine/runtime/probe-process.ts'
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
