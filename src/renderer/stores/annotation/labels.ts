/** The open workspace's error types and tags. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { Label, LabelEdit, LabelKind } from '#shared/annotation/labels.ts'
import { call, listen } from '../../bridge.ts'
import { useLabelKeys } from '../../keyboard/table.ts'

export const useLabels = defineStore('labels', () => {
  const labels = shallowRef<readonly Label[]>([])
  const errorTypes = computed(() => ofKind('error'))
  const tags = computed(() => ofKind('tag'))

  function ofKind(kind: LabelKind): Label[] {
    return labels.value.filter((label) => label.kind === kind && !label.retired)
  }

  function put(list: readonly Label[]): void {
    labels.value = list
    useLabelKeys(list)
  }

  async function load(): Promise<void> {
    put(await call('labels.list'))
  }

  function listenForChanges(): void {
    listen('workspaceChanged', ({ what }) => {
      if (what.includes('labels') || what.includes('images')) load().catch(() => undefined)
    })
  }

  /** Puts a list in place of all labels of a kind. */
  async function save(kind: LabelKind, edits: LabelEdit[]): Promise<void> {
    put(await call('labels.save', { kind, labels: edits }))
  }

  /** A label as it is shown; one that is not known by its id alone. */
  function show(kind: LabelKind, id: string): Label {
    const known = labels.value.find((label) => label.kind === kind && label.id === id)
    return known ?? { kind, id, title: id, meaning: '', colour: 'grey', chord: null, retired: true }
  }

  /** What is offered of a kind, and what is there all the same: retired ones. */
  function offered(kind: LabelKind, there: readonly string[]): Label[] {
    const current = ofKind(kind)
    const rest = there.filter((id) => !current.some((label) => label.id === id))
    return [...current, ...rest.map((id) => show(kind, id))]
  }

  function clear(): void {
    put([])
  }

  return { labels, errorTypes, tags, load, listenForChanges, save, show, offered, clear }
})
