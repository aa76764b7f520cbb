/**
 * `npm run bench -- gpu`: encoding, captioning, training steps and sampling on each execution provider that works here, how many times as fast as the CPU of
 * the same run, and how far its results are from the CPU's; JSON. A provider that is not there is named with the reason. Options: --providers cpu,webgpu,…;
 * --work encode,caption,train,sample.
 */
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { measureProviders, proposalAmong, type Proposal } from '#engine/provider-choice/measure-providers.ts'
import { tryProvider } from '#engine/provider-choice/trial-process.ts'
import { probeProvider } from '#engine/runtime/probe-process.ts'
import { providersFor } from '#engine/runtime/providers.ts'
import { providers, trialWorks, type MeasuredProvider } from '#shared/domain.ts'
import { encoderRoot, ensureEncoders } from '../../scripts/build-encoder.ts'
import { projectFolder } from '../../scripts/paths.ts'

export interface GpuBenchmark extends Proposal {
  processor: string
  cores: number
  providers: MeasuredProvider[]
}

const limit = 1200 // seconds

export async function run(args: string[]): Promise<GpuBenchmark> {
  const { values } = parseArgs({ args, options: { providers: { type: 'string' }, work: { type: 'string', default: trialWorks.join(',') } } })
  const asked = z.array(z.enum(providers)).parse(values.providers?.split(',') ?? providersFor(process.platform, process.arch))
  const works = z.array(z.enum(trialWorks)).parse(values.work.split(','))
  await ensureEncoders()
  const model = join(projectFolder, 'models/base-captioner')
  const trials = {
    probe: probeProvider,
    trial: (provider: (typeof asked)[number], limitSeconds: number) =>
      tryProvider({ provider, works, model, encoderRoots: [encoderRoot], photos: 32, steps: 6 }, { limitSeconds }),
  }
  const measured = await measureProviders(asked, trials, { works, cpuAlone: true, limitSeconds: () => limit })
  return { processor: cpus()[0]?.model ?? '', cores: availableParallelism(), providers: measured, ...proposalAmong(measured) }
}
