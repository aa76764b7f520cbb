/** Errors of the page's own that nobody caught: shown to the person, and noted in the log. */
import type { App } from 'vue'
import { stackOf } from '#shared/errors.ts'
import { call } from './bridge.ts'
import { useNotices } from './stores/notices.ts'

/** Must be called once the stores are there. */
export function catchDefects(app: App): void {
  const notices = useNotices()
  const tell = (where: string, error: unknown): void => {
    console.error(error)
    notices.showError(error)
    call('app.noteDefect', { where, stack: stackOf(error) }).catch((failed: unknown) => console.error(failed))
  }
  app.config.errorHandler = (error, _component, where) => tell(where, error)
  window.addEventListener('error', ({ error, message }) => {
    // No defect: sizes that change while observers look are told again in the next frame, as the specification has it.
    if (!message.startsWith('ResizeObserver loop')) tell('a script', error ?? message)
  })
  window.addEventListener('unhandledrejection', ({ reason }) => tell('a promise', reason))
}
