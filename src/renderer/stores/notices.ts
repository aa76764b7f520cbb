/** What the window tells the person in passing. Errors stay until they are dismissed; the rest goes by itself. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { toReport, type ErrorReport } from '#shared/errors.ts'

export type NoticeTone = 'info' | 'success' | 'error'

export interface NoticeAction {
  label: string
  run: () => void
}

export interface Notice {
  id: number
  tone: NoticeTone
  title: string
  /** What was kept, what to do: shown under the title. */
  details: string[]
  action: NoticeAction | null
  /** Of an error: its details can be copied. */
  report: ErrorReport | null
}

const mostAtOnce = 4
const shownFor = 6000 // milliseconds

export const useNotices = defineStore('notices', () => {
  const notices = ref<Notice[]>([])
  let nextId = 1
  let rescue: (() => Promise<unknown>) | undefined

  function show(tone: NoticeTone, title: string, rest: { details?: string[]; action?: NoticeAction; report?: ErrorReport } = {}): void {
    const details = (rest.details ?? []).filter((line) => line !== '')
    const notice: Notice = { id: nextId, tone, title, details, action: rest.action ?? null, report: rest.report ?? null }
    notices.value = [...notices.value.filter((shown) => shown.title !== title), notice].slice(-mostAtOnce)
    const { id } = notice
    if (tone !== 'error') setTimeout(() => dismiss(id), shownFor)
    nextId += 1
  }

  function showReport(report: ErrorReport, action: NoticeAction | undefined = wayOut(report)): void {
    show('error', report.happened, { details: [report.kept, report.todo], report, ...(action === undefined ? {} : { action }) })
  }

  function showError(error: unknown, action?: NoticeAction): void {
    const report = toReport(error)
    if (report.code !== 'cancelled') showReport(report, action)
  }

  function wayOut({ code }: ErrorReport): NoticeAction | undefined {
    const way = rescue
    return code === 'displaced' && way !== undefined ? { label: 'Save elsewhere…', run: () => void attempt(way) } : undefined
  }

  /** What is offered where the open workspace's folder is gone. */
  function offerRescue(way: () => Promise<unknown>): void {
    rescue = way
  }

  function dismiss(id: number): void {
    notices.value = notices.value.filter((notice) => notice.id !== id)
  }

  /** Runs a piece of work; an error is shown and gives undefined. */
  async function attempt<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await work()
    } catch (error) {
      showError(error)
      return undefined
    }
  }

  return { notices, show, showReport, showError, offerRescue, dismiss, attempt }
})
