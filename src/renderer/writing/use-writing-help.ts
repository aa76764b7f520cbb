/** Completion, spelling and snippets of one text area. Answers that come after more was typed are dropped. */
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import type { Completion, Misspelling } from '#shared/domain.ts'
import { call } from '../bridge.ts'
import { useNotices } from '../stores/notices.ts'
import { useSettings } from '../stores/settings.ts'
import { insertText } from './insert-text.ts'
import { misspellingNear } from './marked-text.ts'
import { expansionAt } from './snippets.ts'

const pause = 200 // milliseconds without a key before words are looked up

export interface Suggestions {
  misspelling: Misspelling
  words: string[]
}

export interface WritingHelp {
  misspellings: Readonly<Ref<readonly Misspelling[]>>
  /** What may be taken over behind the caret. */
  completion: Readonly<Ref<Completion | null>>
  suggestions: Readonly<Ref<Suggestions | null>>
  /** Call after each change of the text area. */
  typed(): void
  caretMoved(): void
  /** True where the key took something over. */
  takeWord(): boolean
  takeRest(): boolean
  openSuggestions(): Promise<void>
  closeSuggestions(): void
  replaceWith(word: string): void
  addToDictionary(): Promise<void>
}

export function useWritingHelp(area: Readonly<Ref<HTMLTextAreaElement | null>>, source: { imageId(): number; text(): string }): WritingHelp {
  const notices = useNotices()
  const settings = useSettings()
  const misspellings = shallowRef<readonly Misspelling[]>([])
  const completion = shallowRef<Completion | null>(null)
  const suggestions = shallowRef<Suggestions | null>(null)
  const asked = ref(0)
  let timer: ReturnType<typeof setTimeout> | undefined
  let told = false // that the dictionary cannot be read: once is enough

  async function check(): Promise<void> {
    const text = source.text()
    if (!settings.settings.spelling.on || text === '') {
      misspellings.value = []
      return
    }
    try {
      const found = await call('writing.check', { text })
      if (source.text() === text) misspellings.value = found
    } catch (error) {
      misspellings.value = []
      if (!told) notices.showError(error)
      told = true
    }
  }

  async function askForCompletion(): Promise<void> {
    const run = ++asked.value
    completion.value = null
    const before = area.value?.value ?? ''
    // Only at the end, and only once something was typed: elsewhere it would stand in the way.
    if (!settings.settings.completions || before === '' || !caretAtEnd()) return
    const answer = await call('writing.complete', { imageId: source.imageId(), before }).catch(() => null)
    if (run === asked.value && area.value?.value === before && caretAtEnd()) completion.value = answer
  }

  const caretAtEnd = (): boolean =>
    area.value !== null &&
    document.activeElement === area.value &&
    area.value.selectionStart === area.value.value.length &&
    area.value.selectionEnd === area.value.value.length

  /** Writes the way typing would, so that the editor's own undo can take it back. */
  function write(text: string, start?: number, end?: number): void {
    if (area.value === null) return
    area.value.focus()
    if (start !== undefined) area.value.setSelectionRange(start, end ?? start)
    insertText(text)
  }

  function take(text: string | undefined): boolean {
    if (text === undefined || !caretAtEnd()) return false
    completion.value = null
    write(text)
    return true
  }

  function later(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void check(), pause)
  }
  watch(() => [source.text(), settings.settings.spelling] as const, later, { immediate: true })
  onScopeDispose(() => clearTimeout(timer))

  return {
    misspellings,
    completion: computed(() => completion.value),
    suggestions,
    typed() {
      suggestions.value = null
      const expansion = area.value === null ? null : expansionAt(area.value.value, area.value.selectionStart, settings.settings.snippets)
      if (expansion === null) void askForCompletion()
      else write(expansion.text, expansion.start, expansion.end)
    },
    caretMoved() {
      if (!caretAtEnd()) completion.value = null
    },
    takeWord: () => take(completion.value?.word),
    takeRest: () => take(completion.value?.rest),
    async openSuggestions() {
      clearTimeout(timer)
      await check()
      const misspelling = misspellingNear(area.value?.selectionStart ?? 0, misspellings.value)
      if (misspelling === null) {
        notices.show('info', 'Every word here is known.')
        return
      }
      completion.value = null
      suggestions.value = { misspelling, words: (await call('writing.suggest', { word: misspelling.word })).slice(0, 6) }
    },
    closeSuggestions() {
      suggestions.value = null
    },
    replaceWith(word) {
      const misspelling = suggestions.value?.misspelling
      suggestions.value = null
      if (misspelling !== undefined) write(word, misspelling.start, misspelling.start + misspelling.length)
    },
    async addToDictionary() {
      const misspelling = suggestions.value?.misspelling
      suggestions.value = null
      if (misspelling === undefined) return
      await call('writing.addWord', { word: misspelling.word })
      await check()
      area.value?.focus()
    },
  }
}
