/** Which provider this machine's models should run on: measured once at the first start and whenever the person asks, proposed, and left to them. */
import { measureProviders, proposalAmong } from '#engine/provider-choice/measure-providers.ts'
import { shortTrial, type Trial, type TrialRequest } from '#engine/provider-choice/trial-request.ts'
import { providersFor } from '#engine/runtime/providers.ts'
import type { Provider, ProviderChoice, ProviderTrialProgress, Settings, TrialWork } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import type { Folders } from '../settings/folders.ts'
import type { SettingsStore } from '../settings/settings.ts'
import type { Probe } from './provider-truth.ts'

export interface ProviderChoosing {
  /** Measures and keeps what was found. @throws AppError `cancelled`; `conflict` while it runs */
  choose(): Promise<ProviderChoice>
  cancel(): void
  /** Takes what was proposed, or leaves it. */
  answer(take: boolean): Promise<Settings>
}

export interface ChoosingParts {
  settings: SettingsStore
  folders: Pick<Folders, 'shippedModels' | 'shippedEncoders' | 'sharedEncoders'>
  probe: Probe
  trial(request: TrialRequest, how: { limitSeconds: number; signal: AbortSignal; onWork(work: TrialWork): void }): Promise<Trial | { reason: string }>
  /** Null: it has ended. */
  onProgress(progress: ProviderTrialProgress | null): void
}

export function createProviderChoosing({ settings, folders, probe, trial, onProgress }: ChoosingParts): ProviderChoosing {
  let running: AbortController | undefined
  return {
    async choose() {
      if (running !== undefined) throw new AppError('conflict', 'The providers are being measured already.', { todo: 'Wait for it, or cancel it.' })
      running = new AbortController()
      const { signal } = running
      const asked = shortTrial(folders.shippedModels, [folders.shippedEncoders, folders.sharedEncoders])
      try {
        const trials = {
          probe: async (provider: Provider) => {
            if (signal.aborted) throw new AppError('cancelled', 'Measuring the providers was cancelled.', { kept: 'The provider stays as it was.' })
            return probe(provider)
          },
          trial: (provider: Provider, limitSeconds: number, onWork: (work: TrialWork) => void) =>
            trial({ ...asked, provider }, { limitSeconds, signal, onWork }),
        }
        const measured = await measureProviders(providersFor(process.platform, process.arch), trials, { works: asked.works, onProgress })
        const found = proposalAmong(measured)
        const taken = found.proposal !== null && found.proposal === settings.get().provider
        const choice: ProviderChoice = { at: new Date().toISOString(), measured, ...found, answer: taken ? 'taken' : 'open' }
        await settings.set({ providerChoice: choice })
        return choice
      } finally {
        running = undefined
        onProgress(null)
      }
    },
    cancel: () => running?.abort(),
    async answer(take) {
      const { providerChoice } = settings.get()
      if (providerChoice?.proposal == null) throw new AppError('conflict', 'No provider is proposed.', { todo: 'Measure the providers first, in Settings.' })
      const answered = { ...providerChoice, answer: take ? ('taken' as const) : ('left' as const) }
      return settings.set({ providerChoice: answered, ...(take && { provider: providerChoice.proposal }) })
    },
  }
}
