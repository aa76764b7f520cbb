/**
 * `npm run bench -- gpu`: encoding, captioning, training steps and sampling on each execution provider that works here, how many times as fast as the CPU of
 * the same run, and how far its results are from the CPU's. A provider that is not there is named with the reason. Options: --providers cpu,webgpu,…; --work encode,caption,train,sample.
 */
import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { probeProvider } from '#engine/runtime/probe-process.ts'
import { providersFor } from '#engine/runtime/providers.ts'
import { providers, type Provider } from '#shared/domain.ts'
import { ensureEncoders } from '../../scripts/build-encoder.ts'
import { onProviderSchema, type OnProvider } from './gpu/on-provider.ts'

interface Speed {
  aSecond: number
  /** Than the CPU. */
  timesAsFast: number
  /** With the CPU's results. */
  agreement: string
}

interface ProviderBenchmark {
  provider: Provider
  device: string
  /** Why it was not measured. */
  reason?: string
  /** Photos through the encoder, photos captioned by beam 3 from cached features, training steps, captions sampled: a second. */
  speeds?: Record<'encode' | 'caption' | 'train' | 'sample', Speed | { failed: string }>
}

export interface GpuBenchmark {
  processor: string
  cores: number
  providers: ProviderBenchmark[]
}

export async function run(args: string[]): Promise<GpuBenchmark> {
  const { values } = parseArgs({
    args,
    options: {
      providers: { type: 'string' },
      work: { type: 'string', default: 'encode,caption,train,sample' },
    },
  })
  const asked = z.array(z.enum(providers)).parse(values.providers?.split(',') ?? providersFor(process.platform, process.arch))
  await ensureEncoders()
  return measure(asked, values.work)
}

async function measure(asked: readonly Provider[], work: string): Promise<GpuBenchmark> {
  const cpu = onProvider('cpu', work)
  if ('reason' in cpu) throw new Error(cpu.reason)
  const measured: ProviderBenchmark[] = []
  for (const provider of ['cpu' as const, ...asked.filter((each) => each !== 'cpu')]) {
    const { executed, device, reason } = await probeProvider(provider)
    if (executed === null) {
      measured.push({ provider, device, reason })
      continue
    }
    const found = provider === 'cpu' ? cpu : onProvider(provider, work)
    measured.push('reason' in found ? { provider, device, ...found } : { provider, device: found.device, speeds: compared(found, cpu) })
  }
  return { processor: cpus()[0]?.model ?? '', cores: availableParallelism(), providers: measured }
}

function onProvider(provider: Provider, work: string): OnProvider | { reason: string } {
  const child = join(import.meta.dirname, 'gpu/on-provider.ts')
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [child, provider, work], {
    encoding: 'utf8',
    timeout: 1_200_000,
    maxBuffer: 256e6,
  })
  if (status !== 0) return { reason: `Its process ended (${signal ?? `code ${status}`}): ${stderr.trim().split('\n').at(-1) ?? ''}` }
  return onProviderSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
}

function compared(found: OnProvider, cpu: OnProvider): NonNullable<ProviderBenchmark['speeds']> {
  const speed = <Of extends { aSecond: number }>(one: Of | { failed: string }, other: Of | { failed: string }, agreement: (one: Of, other: Of) => string) => {
    if ('failed' in one) return one
    if ('failed' in other) return { failed: `The CPU failed: ${other.failed}` }
    return { aSecond: one.aSecond, timesAsFast: one.aSecond / other.aSecond, agreement: agreement(one, other) }
  }
  return {
    encode: speed(found.encode, cpu.encode, (one, other) => `features within ${far(one.features, other.features).toExponential(1)} of the largest`),
    caption: speed(found.caption, cpu.caption, ({ captions }, { captions: others }) => {
      const same = captions.filter(({ text }, place) => text === others[place].text).length
      const off = Math.max(
        ...captions.map(({ text, logProbability }, place) => (text === others[place].text ? Math.abs(logProbability - others[place].logProbability) : 0)),
      )
      return `${same} of ${captions.length} captions equal, their log-probabilities within ${off.toExponential(1)}`
    }),
    train: speed(found.train, cpu.train, (one, other) => `losses within ${far(one.losses, other.losses).toExponential(1)} of the largest`),
    sample: speed(found.sample, cpu.sample, () => 'not compared: what is drawn depends on the last digit'),
  }
}

/** The largest difference, by the largest of the second. */
function far(values: readonly number[], others: readonly number[]): number {
  const largest = others.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return values.reduce((most, value, place) => Math.max(most, Math.abs(value - others[place])), 0) / largest
}
