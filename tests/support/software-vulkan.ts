/** The software Vulkan driver that Electron carries (Linux x64), for running WebGPU where there is no GPU. */
import { existsSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findElectron, swiftshaderOf } from '../../scripts/electron/ensure-electron.ts'

/** The driver's library, or null where Electron brings none. */
export async function softwareVulkanDriver(): Promise<string | null> {
  return process.platform === 'linux' && process.arch === 'x64' ? swiftshaderOf(await findElectron()) : null
}

/** The variables that make a process use the driver, and Electron's Vulkan loader where the system has none. `folder` takes the small files. */
export function softwareVulkanEnvironment(driver: string, folder: string): NodeJS.ProcessEnv {
  const description = join(folder, 'driver.json')
  writeFileSync(description, JSON.stringify({ file_format_version: '1.0.0', ICD: { library_path: driver, api_version: '1.1.0' } }))
  const loader = join(dirname(driver), 'libvulkan.so.1')
  if (existsSync(loader)) symlinkSync(loader, join(folder, 'libvulkan.so.1'))
  const libraries = [process.env['LD_LIBRARY_PATH'], folder].filter(Boolean).join(':')
  return { VK_ICD_FILENAMES: description, XDG_RUNTIME_DIR: folder, LD_LIBRARY_PATH: libraries }
}
