/** Which handler a key stroke reaches. Knows nothing of the page, so that it can be tested without one. */
import { chordOf, isCombination, typesNothing, type KeyStroke } from './chord.ts'
import { labelHandler, shortcuts, type Shortcut, type ShortcutScope } from './shortcuts.ts'

export interface StrokeContext {
  /** The view in front. */
  scope: ShortcutScope
  /** A text field has the focus. */
  typing: boolean
  /** A dialog is open: it has the keyboard for itself. */
  modal: boolean
  /** The focused control uses arrow keys and digits itself (a slider, a menu, a radio group). */
  widget: boolean
  repeat: boolean
  /** Text was typed a moment ago. */
  burst: boolean
}

/** `held`: the key means a decision, but came within a burst of typing. */
export type Pressed = 'handled' | 'held' | 'unknown'

/** What shortcuts do, by id. One that several share is told which it was. */
export type Handlers = Record<string, (id: string) => void>

export interface ShortcutRegistry {
  /** Binds handlers by shortcut id; the result takes them away. The last binding of an id wins while it stands. */
  bind(handlers: Handlers): () => void
  /** Runs the handler that the stroke means here. */
  press(stroke: KeyStroke, context: StrokeContext): Pressed
}

const widgetKeys = /^(?:Arrow.*|Home|End|Enter|Space|\d)$/

function mayFire(shortcut: Shortcut, chord: string, context: StrokeContext): boolean {
  if (context.modal) return false
  // A sign that types something never fires in a text field, whatever the shortcut's other chords are.
  if (context.typing && !(shortcut.whileTyping && typesNothing(chord))) return false
  if (context.widget && widgetKeys.test(chord)) return false
  return !context.repeat || shortcut.repeats
}

/** `table`: the shortcuts with the keys that are in force when a key is struck. */
export function createShortcutRegistry(table: () => readonly Shortcut[] = () => shortcuts): ShortcutRegistry {
  const bound = new Map<string, ((id: string) => void)[]>()
  const known = new Set([...shortcuts.map((shortcut) => shortcut.id), labelHandler])

  return {
    bind(handlers) {
      for (const [id, handler] of Object.entries(handlers)) {
        if (!known.has(id)) throw new Error(`no shortcut is called ${id}`)
        bound.set(id, [...(bound.get(id) ?? []), handler])
      }
      return () => {
        for (const [id, handler] of Object.entries(handlers))
          bound.set(
            id,
            (bound.get(id) ?? []).filter((other) => other !== handler),
          )
      }
    },

    press(stroke, context) {
      const chord = chordOf(stroke)
      const inReach = table().filter((shortcut) => shortcut.chords.includes(chord) && mayFire(shortcut, chord, context))
      // A view's own shortcut goes before one that holds everywhere.
      for (const scope of [context.scope, 'everywhere'] as const) {
        for (const shortcut of inReach.filter((candidate) => candidate.scope === scope)) {
          const handler = bound.get(shortcut.handler)?.at(-1)
          if (handler === undefined) continue
          if (context.burst && shortcut.decides && !isCombination(chord)) return 'held'
          handler(shortcut.id)
          return 'handled'
        }
      }
      return 'unknown'
    },
  }
}
