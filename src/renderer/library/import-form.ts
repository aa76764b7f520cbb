/** What the import dialog is filled in with, what it makes of it, and what the workspace says that would come of it. */
import { useDebounceFn } from '@vueuse/core'
import { computed, reactive, ref, watch } from 'vue'
import {
  columnRoles,
  encodingTitles,
  type CaptionIs,
  type Columns,
  type DroppedThing,
  type ImportPreview,
  type ImportSource,
  type TextRole,
} from '#shared/exchange.ts'
import type { Split } from '#shared/domain.ts'
import { toReport, type ErrorReport } from '#shared/errors.ts'
import { call } from '../bridge.ts'
import { baseName } from '../format.ts'
import type { ImportSuggestion } from '../stores/dialogs.ts'

type Recognised = Extract<DroppedThing, { kind: 'captions' }>
/** What the captions of a file come in as. */
export type ImportRole = 'photos' | 'candidates' | TextRole

const emptyForm = {
  folder: '',
  file: '',
  imageRoot: '',
  split: 'none' as Split,
  train: '',
  dev: '',
  test: '',
  role: 'photos' as ImportRole,
  modelName: '',
  note: '',
  licence: '',
  /** The file is read as what it seems to be written in, not as UTF-8. */
  convert: false,
  marked: false,
  /** Of text files beside photos; '' as long as nobody said. */
  captionIs: '' as CaptionIs | '',
  /** A new folder for photos inside of tar and Parquet files; '' leaves them there. */
  unpackTo: '',
}

/** Paths are looked at when they are typed to their end. */
const typingPause = 250 // ms

export function useImportForm() {
  const kind = ref<'folder' | 'captions'>('folder')
  /** The file holds objects, not captions. */
  const instances = ref<string | null>(null)
  const form = reactive({ ...emptyForm })
  const columns = reactive<Record<keyof Columns, string>>({ photo: '', id: '', caption: '', author: '', split: '' })
  const recognised = ref<Recognised | null>(null)
  const preview = ref<ImportPreview | null>(null)
  const problem = ref<ErrorReport | null>(null)
  const looking = ref(false)

  /** Fills in what was dropped or chosen; without anything the dialog stays as it was left. */
  function fill(suggestion: ImportSuggestion): void {
    Object.assign(form, emptyForm)
    kind.value = suggestion.kind === 'folder' ? 'folder' : 'captions'
    if (suggestion.kind === 'folder') form.folder = suggestion.folder
    else if (suggestion.kind === 'instances') takeInstances(suggestion.file)
    else take(suggestion)
  }

  function takeInstances(file: string): void {
    instances.value = file
    recognised.value = null
    form.file = file
  }

  function take(thing: Recognised): void {
    instances.value = null
    recognised.value = thing
    const { train = '', dev = '', test = '' } = thing.lists
    Object.assign(form, { file: thing.file, imageRoot: thing.imageRoot, train, dev, test, convert: false, marked: false, captionIs: '', unpackTo: '' })
    form.role = thing.resultsAlone ? 'candidates' : 'photos'
    form.modelName = baseName(thing.file).replace(/\.\w+$/, '')
    for (const role of columnRoles) columns[role] = thing.columns?.meant[role] ?? ''
  }

  const recognise = useDebounceFn(async (file: string) => {
    if (form.file !== file) return
    try {
      const thing = await call('imports.recognize', { path: file })
      if (form.file !== file) return
      if (thing.kind === 'captions') take(thing)
      else if (thing.kind === 'instances') takeInstances(file)
      else if (thing.kind === 'folder') fill(thing)
    } catch (error) {
      if (form.file === file) problem.value = toReport(error)
    }
  }, typingPause)

  watch(
    () => form.file,
    (file) => {
      if (file === recognised.value?.file || file === instances.value) return
      instances.value = null
      recognised.value = null
      problem.value = null
      if (file !== '') void recognise(file)
    },
  )

  const chosenColumns = computed(() => {
    const chosen: Columns = {}
    for (const role of columnRoles) if (columns[role] !== '') chosen[role] = columns[role]
    return chosen
  })

  const source = computed<ImportSource | null>(() => {
    if (kind.value === 'folder') return form.folder === '' ? null : { kind: 'folder', folder: form.folder, split: form.split }
    if (instances.value !== null && instances.value === form.file) return { kind: 'instances', file: form.file }
    const file = recognised.value
    if (file === null || file.file !== form.file) return null
    const reading = {
      file: form.file,
      marked: form.marked,
      ...(file.columns === null ? {} : { format: file.format, columns: chosenColumns.value }),
      ...(form.convert ? { encoding: file.encoding } : {}),
      ...(form.captionIs === '' ? {} : { captionIs: form.captionIs }),
    }
    switch (form.role) {
      case 'photos': {
        const { imageRoot, split, train, dev, test, unpackTo } = form
        const lists = { ...(train === '' ? {} : { train }), ...(dev === '' ? {} : { dev }), ...(test === '' ? {} : { test }) }
        return imageRoot === '' ? null : { kind: 'captions', ...reading, imageRoot, split, lists, ...(unpackTo === '' ? {} : { unpackTo }) }
      }
      case 'candidates': {
        const { modelName, note, licence } = form
        return modelName.trim() === '' ? null : { kind: 'results', ...reading, modelName, note, licence }
      }
      case 'references':
      case 'corrections':
      case 'drafts':
        return { kind: 'texts', as: form.role, ...reading }
    }
    return null
  })

  /** An encoding that the file seems to have and nobody asked to convert from. */
  const foreignEncoding = computed(() => {
    const encoding = recognised.value?.encoding
    return encoding === undefined || encoding === 'utf-8' ? null : encodingTitles[encoding]
  })

  /** What the preview depends on: words about a captioner change nothing of it. */
  const key = computed(() =>
    JSON.stringify(source.value === null || source.value.kind !== 'results' ? source.value : { ...source.value, note: '', licence: '' }),
  )

  const look = useDebounceFn(async (asked: string) => {
    const current = source.value
    if (key.value !== asked || current === null) return
    try {
      const told = await call('imports.preview', current)
      if (key.value === asked) preview.value = told
    } catch (error) {
      if (key.value === asked) problem.value = toReport(error)
    }
    if (key.value === asked) looking.value = false
  }, typingPause)

  watch(key, (asked) => {
    preview.value = null
    problem.value = null
    looking.value = source.value !== null
    if (looking.value) void look(asked)
  })

  /** Photos inside of tar and Parquet files can be taken out; those that are files lie where they are. */
  const canUnpack = computed(
    () => form.role === 'photos' && recognised.value?.holdsPhotos === true && ['webdataset', 'parquet'].includes(recognised.value.format),
  )

  return { kind, form, columns, recognised, instances, source, preview, problem, looking, foreignEncoding, canUnpack, fill }
}
