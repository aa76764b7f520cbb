/** Execution providers: which there are on a platform, what they are called in onnxruntime, and what is missing before one may be asked for. */
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { assertNever } from '#shared/errors.ts'
import type { Provider } from '#shared/domain.ts'

/** The name that onnxruntime-node knows a provider by. */
export const onnxruntimeNames: Record<Provider, string> = {
  cpu: 'cpu',
  webgpu: 'webgpu',
  cuda: 'cuda',
  tensorrt: 'tensorrt',
  directml: 'dml',
  coreml: 'coreml',
}

/** The providers that onnxruntime-node has for a platform, the CPU first. */
export function providersFor(platform: NodeJS.Platform, architecture: string): Provider[] {
  if (platform === 'linux') return architecture === 'x64' ? ['cpu', 'webgpu', 'cuda', 'tensorrt'] : ['cpu']
  if (platform === 'win32') return ['cpu', 'webgpu', 'directml']
  if (platform === 'darwin') return ['cpu', 'webgpu', 'coreml']
  return ['cpu']
}

/** Why a provider must not be asked for, and what to do about it. */
export interface Obstacle {
  reason: string
  todo: string
}

/**
 * What stands in the way of a provider on this machine, as far as files tell; undefined: it may be tried.
 * Asking for CUDA without its libraries ends the whole process, so this comes before every session.
 */
export function obstacleTo(provider: Provider): Obstacle | undefined {
  if (!providersFor(process.platform, process.arch).includes(provider))
    return { reason: `onnxruntime has no ${provider} provider for ${process.platform} ${process.arch}.`, todo: 'Choose another provider.' }
  switch (provider) {
    case 'cpu':
    case 'webgpu':
    case 'directml':
    case 'coreml':
      return undefined
    case 'cuda':
      return missingLibrary('libonnxruntime_providers_cuda.so', ['libcudart.so', 'libcublas.so', 'libcudnn.so'])
    case 'tensorrt':
      return missingLibrary('libonnxruntime_providers_tensorrt.so', ['libcudart.so', 'libnvinfer.so'])
    default:
      return assertNever(provider)
  }
}

const install = 'Install the NVIDIA libraries, then run: npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12'

function missingLibrary(providerLibrary: string, systemLibraries: string[]): Obstacle | undefined {
  const folder = bindingFolder()
  if (!existsSync(join(folder, providerLibrary))) return { reason: `${providerLibrary} is not installed with onnxruntime-node.`, todo: install }
  const folders = [folder, ...(process.env['LD_LIBRARY_PATH'] ?? '').split(':').filter(Boolean), ...systemLibraryFolders]
  const missing = systemLibraries.find((library) => !folders.some((candidate) => holds(candidate, library)))
  return missing === undefined ? undefined : { reason: `${missing} was not found in the library folders.`, todo: install }
}

const systemLibraryFolders = ['/usr/local/cuda/lib64', '/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib', '/usr/local/lib']

function holds(folder: string, library: string): boolean {
  try {
    return readdirSync(folder).some((name) => name.startsWith(library))
  } catch {
    return false // the folder is not there
  }
}

/** Where onnxruntime-node's native files are. */
function bindingFolder(): string {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node')
  return join(dirname(entry), '..', 'bin', 'napi-v6', process.platform, process.arch)
}
