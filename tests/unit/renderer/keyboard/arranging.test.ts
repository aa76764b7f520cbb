import { describe, expect, test } from 'vitest'
import type { Label } from '#shared/annotation/labels.ts'
import { firstErrorTypes } from '#shared/annotation/labels.ts'
import { arrangeShortcuts, labelOfShortcut, labelShortcutId, refusalOf } from '../../../../src/renderer/keyboard/arranging.ts'
import { createShortcutRegistry } from '../../../../src/renderer/keyboard/registry.ts'
import { labelHandler, shortcuts, type Shortcut } from '../../../../src/renderer/keyboard/shortcuts.ts'

const tag = (id: string, chord: string | null, retired = false): Label => ({ kind: 'tag', id, title: id, meaning: '', colour: 'blue', chord, retired })
const chordsOf = (table: readonly Shortcut[], id: string) => table.find((entry) => entry.id === id)?.chords
const reviewKey = (id: string) => ({ id, scope: 'review' as const, whileTyping: false })

describe('keys in force', () => {
  test('are those that a person chose, and of labels those of the workspace', () => {
    const table = arrangeShortcuts(shortcuts, { 'review.accept': ['q'], 'review.skip': [] }, firstErrorTypes)
    expect(chordsOf(table, 'review.accept')).toEqual(['q'])
    expect(chordsOf(table, 'review.skip')).toEqual([])
    expect(chordsOf(table, labelShortcutId(firstErrorTypes[1]))).toEqual(['Alt+2'])
  })

  test('never mean two things: a person’s choice goes before Capstan’s, both before a label’s', () => {
    const table = arrangeShortcuts(shortcuts, { 'review.accept': ['x'] }, [tag('night', 'x'), tag('day', 'k'), tag('dusk', 'z')])
    expect(chordsOf(table, 'review.accept')).toEqual(['x'])
    expect(chordsOf(table, 'review.reject')).toEqual([])
    expect(chordsOf(table, 'review.label/tag/night')).toEqual([])
    expect(chordsOf(table, 'review.label/tag/day')).toEqual([])
    expect(chordsOf(table, 'review.label/tag/dusk')).toEqual(['z'])
    // The Library has its own x.
    expect(chordsOf(table, 'library.reject')).toEqual(['x'])
  })

  test('a retired label has none', () => {
    expect(arrangeShortcuts(shortcuts, {}, [tag('old', 'z', true)])).toHaveLength(shortcuts.length)
  })

  test('a label’s key reaches the one handler of labels, which is told which it was', () => {
    const table = arrangeShortcuts(shortcuts, {}, [tag('a / b', 'z')])
    const registry = createShortcutRegistry(() => table)
    const told: string[] = []
    registry.bind({ [labelHandler]: (id) => told.push(id) })
    const stroke = { key: 'z', code: 'KeyZ', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false }
    registry.press(stroke, { scope: 'review', typing: false, modal: false, widget: false, repeat: false, burst: false })
    expect(told.map(labelOfShortcut)).toEqual([{ kind: 'tag', id: 'a / b' }])
    registry.press(stroke, { scope: 'review', typing: true, modal: false, widget: false, repeat: false, burst: false })
    // Within a burst of typing it was meant for an editor.
    expect(registry.press(stroke, { scope: 'review', typing: false, modal: false, widget: false, repeat: false, burst: true })).toBe('held')
    expect(told).toHaveLength(1)
  })
})

describe('a key is refused', () => {
  test('where another shortcut that can be meant has it, by name', () => {
    expect(refusalOf(shortcuts, reviewKey('review.accept'), 'x')).toMatch(/^X is taken: “Reject: no good caption can be written”/)
    expect(refusalOf(shortcuts, reviewKey('review.accept'), 'Ctrl+z')).toContain('is taken')
    expect(refusalOf(shortcuts, { ...reviewKey('everywhere.undo'), scope: 'everywhere' }, 'x')).toContain('is taken')
    expect(refusalOf(shortcuts, reviewKey('review.accept'), 'm')).toBeNull() // the Library's alone
    expect(refusalOf(shortcuts, reviewKey('review.accept'), 'a')).toBeNull() // its own
  })

  test('where every program means something else by it', () => {
    expect(refusalOf(shortcuts, reviewKey('review.accept'), 'Ctrl+c')).toContain('copies')
  })

  test('where it would type something and the shortcut works while typing', () => {
    expect(refusalOf(shortcuts, { id: 'review.save', scope: 'review', whileTyping: true }, 'z')).toContain('would type something')
    expect(refusalOf(shortcuts, { id: 'review.save', scope: 'review', whileTyping: true }, 'Ctrl+s')).toBeNull()
    expect(refusalOf(shortcuts, { id: 'review.label/tag/night', scope: 'review', whileTyping: true }, 'z')).toBeNull()
  })
})
