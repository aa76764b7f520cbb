/** Which images are selected, the way file managers do it: click, Ctrl+click, Shift+click, Ctrl+A. Pure: a new selection from an old one. */

export interface Selection {
  chosen: ReadonlySet<number>
  /** Where a range begins, and the image that has the focus: positions in the list, or -1. */
  anchor: number
  focus: number
}

export const noSelection: Selection = { chosen: new Set(), anchor: -1, focus: -1 }

export type SelectionMode = 'only' | 'toggle' | 'range'

export function select(selection: Selection, ids: readonly number[], position: number, mode: SelectionMode): Selection {
  const id = ids[position]
  if (id === undefined) return selection
  switch (mode) {
    case 'only':
      return { chosen: new Set([id]), anchor: position, focus: position }
    case 'toggle': {
      const chosen = new Set(selection.chosen)
      if (!chosen.delete(id)) chosen.add(id)
      return { chosen, anchor: position, focus: position }
    }
    case 'range': {
      const anchor = selection.anchor < 0 ? position : selection.anchor
      const [from, to] = anchor < position ? [anchor, position] : [position, anchor]
      return { chosen: new Set(ids.slice(from, to + 1)), anchor, focus: position }
    }
  }
}

export function selectAll(selection: Selection, ids: readonly number[]): Selection {
  return { chosen: new Set(ids), anchor: ids.length > 0 ? 0 : -1, focus: selection.focus }
}

/** The focus moved by key: alone it leads the selection along, with Shift it stretches it, with Ctrl it only moves. */
export function moveFocus(selection: Selection, ids: readonly number[], by: number, mode: 'only' | 'range' | 'focus'): Selection {
  if (ids.length === 0) return selection
  const focus = Math.max(0, Math.min(ids.length - 1, (selection.focus < 0 ? -Math.sign(by) : selection.focus) + by))
  return mode === 'focus' ? { ...selection, focus } : select(selection, ids, focus, mode)
}

/** The same selection after the list changed: images that are gone are no longer selected, the focus stays on its image where it can. */
export function keepIn(selection: Selection, before: readonly number[], after: readonly number[]): Selection {
  if (selection.chosen.size === 0 && selection.focus < 0) return selection
  const focused = before[selection.focus]
  const focus = focused === undefined ? -1 : after.indexOf(focused)
  // Not a set of the whole list: one of a million takes longer than all else that a filter does here.
  const { chosen } = selection
  const there = chosen.size === 0 ? chosen : new Set(after.filter((id) => chosen.has(id)))
  return { chosen: new Set([...chosen].filter((id) => there.has(id))), anchor: focus, focus }
}
