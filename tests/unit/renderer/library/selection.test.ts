import { describe, expect, test } from 'vitest'
import { keepIn, moveFocus, noSelection, select, selectAll } from '../../../../src/renderer/library/selection.ts'

const ids = [11, 12, 13, 14, 15, 16]
const chosen = (selection: { chosen: ReadonlySet<number> }): number[] => [...selection.chosen]

describe('selection', () => {
  test('a click chooses one, Ctrl+click adds and takes away', () => {
    const one = select(noSelection, ids, 1, 'only')
    const two = select(one, ids, 3, 'toggle')
    expect(chosen(two)).toEqual([12, 14])
    expect(chosen(select(two, ids, 1, 'toggle'))).toEqual([14])
  })

  test('Shift+click chooses from the anchor, in either direction', () => {
    const anchored = select(noSelection, ids, 3, 'only')
    expect(chosen(select(anchored, ids, 5, 'range'))).toEqual([14, 15, 16])
    expect(chosen(select(select(anchored, ids, 5, 'range'), ids, 1, 'range'))).toEqual([12, 13, 14])
  })

  test('arrows lead the selection along, stop at the ends, and stretch it with Shift', () => {
    const first = moveFocus(noSelection, ids, 1, 'only')
    expect(chosen(first)).toEqual([11])
    expect(chosen(moveFocus(first, ids, 100, 'only'))).toEqual([16])
    expect(chosen(moveFocus(first, ids, 2, 'range'))).toEqual([11, 12, 13])
    expect(chosen(moveFocus(first, ids, 2, 'focus'))).toEqual([11])
  })

  test('all can be chosen, and the focus stays', () => {
    const all = selectAll(select(noSelection, ids, 2, 'only'), ids)
    expect(chosen(all)).toEqual(ids)
    expect(all.focus).toBe(2)
  })

  test('after the list changed the focus follows its image', () => {
    const before = select(select(noSelection, ids, 2, 'only'), ids, 4, 'toggle')
    expect(keepIn(before, ids, [15, 11])).toEqual({ chosen: new Set([15]), anchor: 0, focus: 0 })
    expect(keepIn(before, ids, [11]).focus).toBe(-1)
  })

  test('a list of a million is not made a set of', () => {
    const after = Object.assign([15, 11], {
      [Symbol.iterator]: () => {
        throw new Error('gone through by its iterator, as a set would')
      },
    })
    const before = select(select(noSelection, ids, 2, 'only'), ids, 4, 'toggle')
    expect(keepIn(before, ids, after).chosen).toEqual(new Set([15]))
    expect(keepIn(moveFocus(noSelection, ids, 1, 'focus'), ids, after)).toMatchObject({ chosen: new Set(), focus: 1 })
  })

  test('positions outside the list change nothing', () => {
    expect(select(noSelection, ids, 9, 'only')).toBe(noSelection)
    expect(moveFocus(noSelection, [], 1, 'only')).toBe(noSelection)
  })
})
