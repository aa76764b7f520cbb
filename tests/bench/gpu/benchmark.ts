/** The benchmark of execution providers, wherever its models and its programs lie. */
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { measureProviders, proposalAmong, type Proposal } from '#engine/provider-choice/measure-providers.ts'
import { tryProvider } from '#engine/provider-choice/trial-process.ts'
import { probeProvider } from '#engine/runtime/probe-process.ts'
import { providersFor } from '#engine/runtime/providers.ts'
import { providers, trialWorks, type MeasuredProvider, type Provider, type TrialWork } from '#shared/domain.ts'

export interface GpuBenchmark extends Proposal {
  at: string
  processor: string
  cores: number
  system: string
  providers: MeasuredProvider[]
}

export interface GpuBenchmarkPlace {
  /** The captioner's package, and the folder that holds its encoder's. */
  model: string
  encoders: string
  /** The children's programs, where they are not the sources. */
  programs?: { probe: string; trial: string }
}

const limit = 1200 // seconds

/** What the command line asks for. */
export function asked(args: string[]): { providers: Provider[]; works: TrialWork[] } {
  const { values } = parseArgs({ args, options: { providers: { type: 'string' }, work: { type: 'string', default: trialWorks.join(',') } } })
  return {
    providers: z.array(z.enum(providers)).parse(values.providers?.split(',') ?? providersFor(process.platform, process.arch)),
    works: z.array(z.enum(trialWorks)).parse(values.work.split(',')),
  }
}

export async function benchmark(
  { providers: wanted, works }: ReturnType<typeof asked>,
  { model, encoders, programs }: GpuBenchmarkPlace,
): Promise<GpuBenchmark> {
  const trials = {
    probe: (provider: Provider) => probeProvider(provider, programs === undefined ? {} : { program: programs.probe }),
    trial: (provider: Provider, limitSeconds: number) =>
      tryProvider(
        { provider, works, model, encoderRoots: [encoders], photos: 32, steps: 6 },
        { limitSeconds, ...(programs !== undefined && { program: programs.trial }) },
      ),
  }
  const measured = await measureProviders(wanted, trials, { works, cpuAlone: true, limitSeconds: () => limit })
  return {
    at: new Date().toISOString(),
    processor: cpus()[0]?.model ?? '',
    cores: availableParallelism(),
    system: `${process.platform} ${process.arch}, Node ${process.version}`,
    providers: measured,
    ...proposalAmong(measured),
  }
}
