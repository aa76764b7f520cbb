/** The person's settings, and the truth about the execution provider. */
import { defineStore } from 'pinia'
import { ref, shallowRef, watchEffect } from 'vue'
import { settingsSchema, type AppInfo, type Provider, type ProviderStatus, type Settings } from '#shared/domain.ts'
import { call, listen } from '../bridge.ts'
import { useChords } from '../keyboard/table.ts'

export const useSettings = defineStore('settings', () => {
  const settings = shallowRef<Settings>(settingsSchema.parse({}))
  const info = ref<AppInfo | null>(null)
  const provider = ref<ProviderStatus | null>(null)
  const networkRefused = ref(0)
  const probing = ref<Provider | null>(null)

  watchEffect(() => useChords(settings.value.shortcuts))

  async function load(): Promise<void> {
    listen('settingsChanged', (changed) => {
      settings.value = changed
    })
    listen('providerChanged', (status) => {
      provider.value = status
    })
    listen('networkRefused', ({ count }) => {
      networkRefused.value = count
    })
    settings.value = await call('settings.get')
    info.value = await call('app.info')
    networkRefused.value = info.value.networkRequests
    provider.value = await call('providers.status')
  }

  async function change(part: Partial<Settings>): Promise<void> {
    const before = settings.value
    settings.value = { ...before, ...part }
    try {
      settings.value = await call('settings.set', part)
    } catch (error) {
      settings.value = before
      throw error
    }
  }

  /** Runs the throw-away check of a provider and keeps what it found. */
  async function probe(asked: Provider): Promise<ProviderStatus> {
    probing.value = asked
    try {
      const status = await call('providers.probe', { provider: asked })
      provider.value = status
      return status
    } finally {
      probing.value = null
    }
  }

  return { settings, info, provider, networkRefused, probing, load, change, probe }
})
