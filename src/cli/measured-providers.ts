/** What `capstan doctor --providers` measures, in lines. */
import { measureProviders, proposalAmong } from '#engine/provider-choice/measure-providers.ts'
import { tryProvider } from '#engine/provider-choice/trial-process.ts'
import { shortTrial } from '#engine/provider-choice/trial-request.ts'
import { probeProvider } from '#engine/runtime/probe-process.ts'
import { providersFor } from '#engine/runtime/providers.ts'
import { providerTitles, trialWorks, type MeasuredProvider, type TrialWork } from '#shared/domain.ts'
import { progressBar } from './progress.ts'

/** A line for each provider and work, and the proposal as the last. @throws AppError `cancelled` */
export async function measureHere({ models, encoders }: { models: string; encoders: string }, signal: AbortSignal): Promise<string[]> {
  const bar = progressBar('measuring')
  const asked = shortTrial(models, [encoders])
  try {
    const measured = await measureProviders(
      providersFor(process.platform, process.arch),
      {
        probe: probeProvider,
        trial: (provider, limitSeconds, onWork) => tryProvider({ ...asked, provider }, { limitSeconds, signal, onWork }),
      },
      {
        works: asked.works,
        cpuAlone: true,
        onProgress: ({ provider, work, done, total }) => bar.update(done, total, `${provider}${work === null ? '' : ` ${work}`}`),
      },
    )
    return [...measured.flatMap(linesOf), proposalAmong(measured).says]
  } finally {
    bar.stop()
  }
}

const units: Record<TrialWork, string> = { encode: 'photos encoded', caption: 'photos captioned', train: 'training steps', sample: 'captions drawn' }

function linesOf({ provider, device, reason, speeds }: MeasuredProvider): string[] {
  const title = providerTitles[provider].padEnd(9)
  if (reason !== null) return [`${title} ${reason}`]
  const lines = trialWorks.flatMap((work) => {
    const speed = speeds[work]
    if (speed === undefined) return []
    if ('failed' in speed) return [`${title} ${units[work]}: failed (${speed.failed})`]
    const beside = provider === 'cpu' ? '' : `, ${speed.timesAsFast.toFixed(2)} times as fast as the CPU; ${speed.agreement}`
    return [`${title} ${units[work]}: ${speed.aSecond.toFixed(2)} a second${beside}`]
  })
  return [`${title} ${device}`, ...lines]
}
