/** The registry joined to the page: one listener for the window, bindings that live as long as their view is in front. */
import { onActivated, onDeactivated, onMounted, onUnmounted } from 'vue'
import { createBurst } from './burst.ts'
import { createShortcutRegistry, type Handlers } from './registry.ts'
import type { ShortcutScope } from './shortcuts.ts'
import { shortcutTable } from './table.ts'

const registry = createShortcutRegistry(() => shortcutTable.value)

/** Binds handlers while the component is in front (mounted, and active where it is kept alive). */
export function useShortcuts(handlers: Handlers): void {
  let unbind: (() => void) | null = null
  const on = (): void => {
    unbind ??= registry.bind(handlers)
  }
  const off = (): void => {
    unbind?.()
    unbind = null
  }
  onMounted(on)
  onActivated(on)
  onDeactivated(off)
  onUnmounted(off)
}

/** True where key strokes write text. */
export function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range', 'submit', 'reset', 'color'].includes(target.type)
}

/** Controls whose own keys (arrows, Enter, digits) a shortcut must not take. */
const widgetSelector = [
  'button',
  'a[href]',
  'summary',
  'input',
  '[role="slider"]',
  '[role="radio"]',
  '[role="tab"]',
  '[role="menu"]',
  '[role="menuitem"]',
  '[role="listbox"]',
  '[role="option"]',
  '[role="treeitem"]',
  '[role="separator"]',
].join(',')

/** Starts listening on the window; `currentScope` names the view in front; `onHeld` tells that a key within a burst of typing did not decide. */
export function listenForShortcuts(currentScope: () => ShortcutScope, onHeld: (key: string) => void): () => void {
  const typed = createBurst()
  const onKeydown = (event: KeyboardEvent): void => {
    const typing = isTextField(event.target)
    const { key, ctrlKey, metaKey, altKey } = event
    const burst = typed.press({ key, ctrlKey, metaKey, altKey, altGraph: event.getModifierState('AltGraph') }, typing, event.timeStamp)
    if (event.defaultPrevented || event.isComposing) return
    const pressed = registry.press(event, {
      scope: currentScope(),
      typing,
      modal: document.querySelector('[role="dialog"][data-state="open"], [role="alertdialog"][data-state="open"], [role="menu"]') !== null,
      widget: !typing && event.target instanceof HTMLElement && event.target.closest(widgetSelector) !== null && !isQuiet(event),
      repeat: event.repeat,
      burst,
    })
    if (pressed === 'held') onHeld(event.key)
    if (pressed !== 'unknown') event.preventDefault()
  }
  window.addEventListener('keydown', onKeydown)
  window.addEventListener('pointerdown', typed.end)
  return () => {
    window.removeEventListener('keydown', onKeydown)
    window.removeEventListener('pointerdown', typed.end)
  }
}

/** A plain button needs only Enter and Space, a radio button also arrows: other keys pass on to the view. */
function isQuiet(event: KeyboardEvent): boolean {
  if (event.target instanceof HTMLElement && event.target.closest('[role="radio"]') !== null) return /^\d$/.test(event.key)
  const button = event.target instanceof HTMLElement ? event.target.closest('button') : null
  const plain = button !== null && !button.hasAttribute('role') && button.getAttribute('aria-haspopup') === null
  return plain && event.key !== 'Enter' && event.key !== ' '
}
