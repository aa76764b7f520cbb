/** The device behind a provider, in words for a person. */
import { readFileSync, readdirSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { assertNever } from '#shared/errors.ts'
import type { Provider } from '#shared/domain.ts'

/** What the system says of itself; onnxruntime does not tell which adapter WebGPU chose. */
export function deviceOf(provider: Provider): string {
  switch (provider) {
    case 'cpu':
      return `${cpus().at(0)?.model.trim() ?? 'CPU'}, ${availableParallelism()} threads`
    case 'cuda':
    case 'tensorrt':
      return nvidiaModels().join(', ') || 'NVIDIA GPU'
    case 'webgpu':
      return [webgpuInterface(), ...nvidiaModels()].join(', ')
    case 'directml':
      return 'Direct3D 12'
    case 'coreml':
      return 'Core ML'
    default:
      return assertNever(provider)
  }
}

function webgpuInterface(): string {
  if (process.platform === 'darwin') return 'Metal'
  if (process.platform === 'win32') return 'Direct3D 12'
  return (process.env['VK_ICD_FILENAMES'] ?? '') === '' ? 'Vulkan' : 'Vulkan with a chosen driver'
}

/** The names that the NVIDIA kernel module gives its GPUs (Linux). */
function nvidiaModels(): string[] {
  const folder = '/proc/driver/nvidia/gpus'
  try {
    return readdirSync(folder).map((name) => /Model:\s*(.*)/.exec(readFileSync(join(folder, name, 'information'), 'utf8'))?.[1] ?? name)
  } catch {
    return [] // no such module
  }
}
