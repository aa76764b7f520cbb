/** The truth about the execution provider: the one asked for, the one that last executed, and why they differ. */
import type { Provider, ProviderStatus } from '#shared/domain.ts'

export type Probe = (provider: Provider) => Promise<ProviderStatus>

export interface ProviderTruth {
  status(): ProviderStatus
  /** Tries a provider in a throw-away process. */
  probe(provider: Provider): Promise<ProviderStatus>
  /** A job says what its sessions run on. */
  executed(provider: Provider, device: string): void
}

export function createProviderTruth(asked: () => Provider, probe: Probe, onChange: (status: ProviderStatus) => void): ProviderTruth {
  let known: ProviderStatus | undefined
  const learn = (status: ProviderStatus): ProviderStatus => {
    known = status
    onChange(status)
    return status
  }
  return {
    status: () =>
      known?.asked === asked()
        ? known
        : { asked: asked(), executed: null, device: '', since: null, reason: 'Nothing has run since the provider was chosen.', todo: '' },
    probe: async (provider) => {
      const result = await probe(provider)
      return provider === asked() ? learn(result) : result
    },
    executed: (provider, device) => {
      const status = { asked: asked(), executed: provider, device, since: new Date().toISOString(), reason: '', todo: '' }
      if (provider === asked()) learn(status)
      else learn({ ...status, reason: `The job ran on ${provider} instead of ${asked()}.`, todo: 'Probe the provider in Settings to see what is missing.' })
    },
  }
}
