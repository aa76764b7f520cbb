/** Trying an execution provider: a small network runs on it, all of it, and its numbers are compared with the CPU's. */
import { Tensor } from './onnxruntime.ts'
import { toReport } from '#shared/errors.ts'
import type { Provider, ProviderStatus } from '#shared/domain.ts'
import { deviceOf } from './device.ts'
import { probeModel, probeRows, probeValues, probeWidth } from './probe-graph.ts'
import { createSession } from './session.ts'

/** Differences beyond this are wrong results, not rounding: softmax values are below 1. */
const tolerance = 1e-3

/**
 * Tries a provider in this process, which a broken driver may end: call it in a throw-away one (`probeProvider` of `probe-process.ts`, or a
 * utility process). Never throws.
 */
export async function probeHere(provider: Provider): Promise<ProviderStatus> {
  const failed = (reason: string, todo: string): ProviderStatus => ({ asked: provider, executed: null, device: '', since: null, reason, todo })
  try {
    const expected = await runOn('cpu')
    const found = await runOn(provider)
    const difference = expected.reduce((largest, value, index) => Math.max(largest, Math.abs(value - found[index])), 0)
    if (!(difference <= tolerance))
      return failed(`${provider} computes wrong numbers (off by ${difference.toPrecision(2)}).`, 'Update the driver, or choose the CPU.')
    return { asked: provider, executed: provider, device: deviceOf(provider), since: new Date().toISOString(), reason: '', todo: '' }
  } catch (error) {
    const report = toReport(error)
    return failed(report.happened, report.todo)
  }
}

async function runOn(provider: Provider): Promise<Float32Array> {
  const session = await createSession(probeModel(), { provider, threads: 1, unsupportedNodes: 'refuse' })
  const { y } = await session.run({ x: new Tensor('float32', probeValues(probeRows * probeWidth, 5), [probeRows, probeWidth]) })
  if (!(y.data instanceof Float32Array)) throw new Error(`the probe's output is of type ${y.type}`)
  return y.data
}
