/** The encoders that captioners can see through, and the workspace's cached features. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { VerbInput } from '#shared/api.ts'
import type { AddedEncoderReport, EncoderCheck, EncoderList, EncoderSummary, FeatureCacheSummary, ModelSource } from '#shared/domain.ts'
import { call } from '../bridge.ts'

export type AddEncoderInput = VerbInput<'encoders.add'>

export const useEncoders = defineStore('encoders', () => {
  const list = shallowRef<EncoderList>({ encoders: [], problems: [] })
  const loaded = ref(false)
  /** What checks of this session found, by encoder. */
  const checks = ref<Record<string, EncoderCheck>>({})
  const caches = shallowRef<FeatureCacheSummary[]>([])

  const encoders = computed(() => list.value.encoders)
  const withTexts = computed(() => encoders.value.filter(({ texts }) => texts))

  async function load(): Promise<void> {
    list.value = await call('encoders.list')
    loaded.value = true
  }

  const find = (id: string): EncoderSummary | null => encoders.value.find((encoder) => encoder.id === id) ?? null

  /** What photos of a model's set are seen by: a CLIP where there is one, else the model's own encoder, else any. */
  function forPhotos(source: ModelSource | undefined): string | null {
    const own = source?.kind === 'package' ? find(source.encoderId) : null
    return (withTexts.value[0] ?? own ?? encoders.value[0])?.id ?? null
  }

  async function add(form: AddEncoderInput): Promise<AddedEncoderReport> {
    const added = await call('encoders.add', form)
    checks.value = { ...checks.value, [added.encoderId]: added }
    await load()
    return added
  }

  async function verify(encoderId: string): Promise<EncoderCheck> {
    const check = await call('encoders.verify', { encoderId })
    checks.value = { ...checks.value, [encoderId]: check }
    return check
  }

  async function remove(encoderId: string): Promise<void> {
    await call('encoders.remove', { encoderId })
    await load()
  }

  async function loadCaches(): Promise<void> {
    caches.value = await call('features.list')
  }

  async function removeCache(name: string): Promise<void> {
    await call('features.remove', { name })
    await loadCaches()
  }

  /** Makes room as the settings say. Resolves to what went. */
  async function evict(): Promise<{ removed: number; bytes: number }> {
    const went = await call('features.evict')
    await loadCaches()
    return went
  }

  return { list, loaded, checks, caches, encoders, withTexts, load, find, forPhotos, add, verify, remove, loadCaches, removeCache, evict }
})
