/** The person's settings, and the truth about the execution provider. */
import { defineStore } from 'pinia'
import { ref, shallowRef, watchEffect } from 'vue'
import { settingsSchema, type AppInfo, type Provider, type ProviderStatus, type ProviderTrialProgress, type Settings } from '#shared/domain.ts'
import { toReport } from '#shared/errors.ts'
import { call, listen } from '../bridge.ts'
import { useChords } from '../keyboard/table.ts'

export const useSettings = defineStore('settings', () => {
  const settings = shallowRef<Settings>(settingsSchema.parse({}))
  const info = ref<AppInfo | null>(null)
  const provider = ref<ProviderStatus | null>(null)
  const networkRefused = ref(0)
  const probing = ref<Provider | null>(null)
  /** How far measuring the providers is; null while nothing is measured. */
  const trial = ref<ProviderTrialProgress | null>(null)

  watchEffect(() => useChords(settings.value.shortcuts))

  async function load(): Promise<void> {
    listen('settingsChanged', (changed) => {
      settings.value = changed
    })
    listen('providerChanged', (status) => {
      provider.value = status
    })
    listen('providerTrial', (progress) => {
      trial.value = progress
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

  /** Measures this machine's providers; what was found comes with the settings. One that was cancelled says nothing. */
  async function chooseProvider(): Promise<void> {
    if (trial.value !== null) return
    trial.value = { provider: 'cpu', work: null, done: 0, total: 1 }
    try {
      await call('providers.choose')
    } catch (error) {
      if (toReport(error).code !== 'cancelled') throw error
    } finally {
      trial.value = null
    }
  }

  async function answerChoice(take: boolean): Promise<void> {
    settings.value = await call('providers.answerChoice', { take })
    provider.value = await call('providers.status')
  }

  return { settings, info, provider, networkRefused, probing, trial, load, change, probe, chooseProvider, answerChoice }
})
