import { describe, expect, test } from 'vitest'
import { chordOf, keyCaps, type KeyStroke } from '../../../../src/renderer/keyboard/chord.ts'
import { createShortcutRegistry, type StrokeContext } from '../../../../src/renderer/keyboard/registry.ts'
import { shortcuts, shortcutScopes, viewChord } from '../../../../src/renderer/keyboard/shortcuts.ts'
import { chordFor, sheetLines } from '../../../../src/renderer/keyboard/table.ts'

const here: StrokeContext = { scope: 'review', typing: false, modal: false, widget: false, repeat: false, burst: false }

function stroke(key: string, rest: Partial<KeyStroke> = {}): KeyStroke {
  const code = /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : /^\d$/.test(key) ? `Digit${key}` : key
  return { key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...rest }
}

function pressed(keys: KeyStroke, context: Partial<StrokeContext> = {}): string[] {
  const registry = createShortcutRegistry()
  const fired: string[] = []
  registry.bind(Object.fromEntries(shortcuts.map((shortcut) => [shortcut.id, () => fired.push(shortcut.id)])))
  registry.press(keys, { ...here, ...context })
  return fired
}

describe('chords', () => {
  test('letters follow the layout and ignore their case', () => {
    expect(chordOf(stroke('A', { code: 'KeyQ' }))).toBe('a')
    expect(chordOf(stroke('Z', { ctrlKey: true, shiftKey: true }))).toBe('Ctrl+Shift+z')
  })

  test('digits are named by their key, so Shift+1 is the same on every layout', () => {
    expect(chordOf({ ...stroke('!'), code: 'Digit1', shiftKey: true })).toBe('Shift+1')
    expect(chordOf({ ...stroke('1'), code: 'Numpad1' })).toBe('1')
  })

  test('Shift is part of a sign', () => {
    expect(chordOf({ ...stroke('?'), code: 'Slash', shiftKey: true })).toBe('?')
  })

  test('Cmd counts as Ctrl', () => {
    expect(chordOf(stroke('Enter', { metaKey: true }))).toBe('Ctrl+Enter')
  })

  test('key caps read as printed', () => {
    expect(keyCaps('Ctrl+Shift+z')).toEqual(['Ctrl', 'Shift', 'Z'])
    expect(keyCaps('+')).toEqual(['+'])
    expect(keyCaps('ArrowLeft')).toEqual(['←'])
  })
})

describe('views', () => {
  test('more than nine have a key each that a keyboard can make', () => {
    const chords = Array.from({ length: 14 }, (_, index) => viewChord(index))
    expect(chords.slice(8, 11)).toEqual(['Ctrl+9', 'Ctrl+0', 'Ctrl+Shift+1'])
    expect(new Set(chords).size).toBe(chords.length)
    for (const chord of chords) {
      const key = chord.at(-1) ?? ''
      expect(chordOf(stroke(key, { ctrlKey: true, shiftKey: chord.includes('Shift') }))).toBe(chord)
    }
  })
})

describe('the table', () => {
  test('has no chord for two things of one scope', () => {
    for (const scope of shortcutScopes) {
      const chords = shortcuts.filter((shortcut) => shortcut.scope === scope || shortcut.scope === 'everywhere').flatMap((shortcut) => shortcut.chords)
      expect(
        chords.filter((chord, index) => chords.indexOf(chord) !== index),
        scope,
      ).toEqual([])
    }
  })
})

describe('shortcut registry', () => {
  test('no key that types something fires while typing', () => {
    for (const key of ['a', 'x', 's', 'j', 'k', 'r', '1', '5', 'ArrowRight', 'ArrowLeft', 'Enter', '?', '+', '/', 'n'])
      expect(pressed(stroke(key), { typing: true }), key).toEqual([])
    expect(pressed({ ...stroke('!'), code: 'Digit1', shiftKey: true }, { typing: true })).toEqual([])
  })

  test('Ctrl+Enter and Escape do fire while typing', () => {
    expect(pressed(stroke('Enter', { ctrlKey: true }), { typing: true })).toEqual(['review.save'])
    expect(pressed(stroke('Escape'), { typing: true })).toEqual(['review.leave-editor'])
  })

  test('Ctrl+Z is left to the editor while typing', () => {
    expect(pressed(stroke('z', { ctrlKey: true }), { typing: true })).toEqual([])
    expect(pressed(stroke('z', { ctrlKey: true }))).toEqual(['everywhere.undo'])
  })

  test('nothing fires behind an open dialog', () => {
    expect(pressed(stroke('a'), { modal: true })).toEqual([])
    expect(pressed(stroke('2', { ctrlKey: true }), { modal: true })).toEqual([])
  })

  test('a view hears its own keys and those that hold everywhere', () => {
    expect(pressed(stroke('a'), { scope: 'library' })).toEqual(['library.accept'])
    expect(pressed(stroke('j'), { scope: 'library' })).toEqual([])
    expect(pressed(stroke('3', { ctrlKey: true }), { scope: 'library' })).toEqual(['everywhere.show-train'])
  })

  test('holding a key repeats walking but never a decision', () => {
    expect(pressed(stroke('j'), { repeat: true })).toEqual(['review.next'])
    expect(pressed(stroke('a'), { repeat: true })).toEqual([])
    expect(pressed(stroke('x'), { repeat: true })).toEqual([])
  })

  test('controls keep their own arrows and digits', () => {
    expect(pressed(stroke('ArrowRight'), { widget: true })).toEqual([])
    expect(pressed(stroke('3'), { widget: true })).toEqual([])
    expect(pressed(stroke('a'), { widget: true })).toEqual(['review.accept'])
  })

  test('the newest binding wins while it stands, then the older one is back', () => {
    const registry = createShortcutRegistry()
    const fired: string[] = []
    registry.bind({ 'review.accept': () => fired.push('old') })
    const unbind = registry.bind({ 'review.accept': () => fired.push('new') })
    registry.press(stroke('a'), here)
    unbind()
    registry.press(stroke('a'), here)
    expect(fired).toEqual(['new', 'old'])
  })

  test('within a burst of typing no plain key decides or marks, other keys do what they do', () => {
    expect(pressed(stroke('a'), { burst: true })).toEqual([])
    const four = stroke('$', { code: 'Digit4', shiftKey: true })
    expect(pressed(four, { burst: true })).toEqual([])
    expect(pressed(four)).toEqual(['review.rate-4'])
    expect(pressed(stroke('j'), { burst: true })).toEqual(['review.next'])
    expect(pressed(stroke('Enter', { ctrlKey: true }), { burst: true, typing: true })).toEqual(['review.save'])
    expect(pressed(stroke('a'))).toEqual(['review.accept'])
  })

  test('a stroke without a handler is not taken', () => {
    expect(createShortcutRegistry().press(stroke('a'), here)).toBe('unknown')
  })

  test('binding an unknown shortcut is a defect', () => {
    expect(() => createShortcutRegistry().bind({ 'review.fly': () => undefined })).toThrow('review.fly')
  })
})

describe('shortcut table', () => {
  test('no chord means two things in one view', () => {
    const taken = new Map<string, string>()
    for (const shortcut of shortcuts)
      for (const chord of shortcut.chords) {
        const key = `${shortcut.scope} ${chord}`
        expect(taken.get(key), key).toBeUndefined()
        taken.set(key, shortcut.id)
      }
  })

  test('every shortcut is on the sheet, a family on one line', () => {
    const shown = new Set(shortcutScopes.flatMap((scope) => sheetLines(scope).map((line) => line.does)))
    for (const shortcut of shortcuts) expect(shown.has(shortcut.family ?? shortcut.does), shortcut.id).toBe(true)
    expect(sheetLines('review')).toContainEqual({ does: 'Choose a candidate', chords: ['1', '9'], range: true })
  })

  test('hints come from the table', () => {
    expect(chordFor('review.save')).toBe('Ctrl+Enter')
    expect(() => chordFor('review.fly')).toThrow()
  })
})
