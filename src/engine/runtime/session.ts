/** One onnxruntime session: the provider asked for, or an error; never a silent change to another. */
import { availableParallelism } from 'node:os'
import { InferenceSession, type Tensor } from './onnxruntime.ts'
import { AppError } from '#shared/errors.ts'
import type { Provider } from '#shared/domain.ts'
import { obstacleTo, onnxruntimeNames } from './providers.ts'

export interface SessionOptions {
  provider?: Provider
  /** 0 or absent: one per core */
  threads?: number
  /** threads that have nothing to do during a run wait in a busy loop (faster) or sleep (leaves the cores to others); between runs all sleep */
  waiting?: 'spin' | 'sleep'
  /** what a provider other than the CPU cannot compute runs on the CPU (default), or the session is refused */
  unsupportedNodes?: 'on-cpu' | 'refuse'
  /** what onnxruntime itself writes to standard error: its errors (default) or nothing, for a run that may fail */
  log?: 'errors' | 'nothing'
  /** outputs are tensors of the CPU (default), or stay on the device: WebGPU alone can do that from Node */
  outputs?: 'on-cpu' | 'on-device'
}

export interface Session {
  /** the provider that the session was created with and executes on */
  provider: Provider
  inputNames: readonly string[]
  outputNames: readonly string[]
  /** Runs the model; outputs named in `fetches` are written into the given tensors. Blocks the event loop until it is done. */
  run(feeds: Record<string, Tensor>, fetches?: Record<string, Tensor | null> | readonly string[]): Promise<Record<string, Tensor>>
  release(): Promise<void>
}

/**
 * Creates a session from an ONNX model's bytes or path. Throws AppError `unavailable` when the provider cannot be used, saying why, and
 * `bad-input` when the model itself is refused.
 */
export async function createSession(model: Uint8Array | string, options: SessionOptions = {}): Promise<Session> {
  const provider = options.provider ?? 'cpu'
  const obstacle = obstacleTo(provider)
  if (obstacle) throw new AppError('unavailable', obstacle.reason, { todo: obstacle.todo })
  const session = await create(model, {
    executionProviders: [onnxruntimeNames[provider]],
    intraOpNumThreads: options.threads || availableParallelism(),
    interOpNumThreads: 1,
    ...(options.outputs === 'on-device' && provider === 'webgpu' && { preferredOutputLocation: 'gpu-buffer' as const }),
    logSeverityLevel: options.log === 'nothing' ? 4 : 3,
    extra: {
      session: {
        // Else the threads of one session keep a core from the next one's for a tenth of a second, where sessions take turns.
        force_spinning_stop: '1',
        intra_op: { allow_spinning: options.waiting === 'sleep' ? '0' : '1' },
        disable_cpu_ep_fallback: options.unsupportedNodes === 'refuse' && provider !== 'cpu' ? '1' : '0',
      },
    },
  }).catch((cause: unknown) => {
    throw refused(provider, cause)
  })
  return {
    provider,
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    run: (feeds, fetches) => (fetches === undefined ? session.run(feeds) : session.run(feeds, fetches)),
    release: () => session.release(),
  }
}

function create(model: Uint8Array | string, options: InferenceSession.SessionOptions): Promise<InferenceSession> {
  return typeof model === 'string' ? InferenceSession.create(model, options) : InferenceSession.create(model, options)
}

function refused(provider: Provider, cause: unknown): AppError {
  const message = plainWords(cause instanceof Error ? cause.message : String(cause))
  if (provider === 'cpu') return new AppError('bad-input', `onnxruntime refused the model: ${message}`, { cause })
  return new AppError('unavailable', `The provider ${provider} could not be used: ${message}`, { todo: remedies[provider], cause })
}

/** onnxruntime's message without the place in its sources and the condition that failed there. */
function plainWords(message: string): string {
  const words = message.slice(message.lastIndexOf(' was false. ') + 1).replace(/^was false\. /, '')
  return words.trim().replace(/\.?$/, '.')
}

const remedies: Record<Exclude<Provider, 'cpu'>, string> = {
  webgpu: 'Install the graphics driver (on Linux with Vulkan: libvulkan1 and the driver of the GPU), or choose the CPU.',
  cuda: 'Check the NVIDIA driver and the CUDA and cuDNN libraries, or choose the CPU.',
  tensorrt: 'Check the NVIDIA driver and the TensorRT libraries, or choose the CPU.',
  directml: 'Update the graphics driver, or choose the CPU.',
  coreml: 'Choose the CPU.',
}
